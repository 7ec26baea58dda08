-- leader: who leads, and until when.
SELECT worker, expires_at FROM leader
