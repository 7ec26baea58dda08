-- clear_idle_owners: all were looked at; who is needed comes back with its last loss.
DELETE FROM idle_owners
