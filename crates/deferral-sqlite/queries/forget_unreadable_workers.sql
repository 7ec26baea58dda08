-- forget_unreadable_workers: nobody can be called by an id that is none; what such a worker held is
-- abandoned.
DELETE FROM workers WHERE length(id) <> 16
