-- take_lead: from nobody, from itself, or from one whose time is over.
INSERT INTO leader (only, worker, expires_at) VALUES (1, ?1, ?2)
ON CONFLICT DO UPDATE SET worker = excluded.worker, expires_at = excluded.expires_at
