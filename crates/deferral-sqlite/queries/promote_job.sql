-- promote_job: it waits since it was due, so that a late promotion does not cost it its place.
UPDATE jobs SET state = 'available' WHERE id = ?1 AND state = 'scheduled'
