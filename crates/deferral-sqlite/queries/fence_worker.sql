-- fence_worker: its row can't be read: it registers anew.
UPDATE workers SET fenced = 1 WHERE id = ?1
