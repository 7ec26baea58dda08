-- events: those that are kept, of an operation of this tenant whose time is not over.
SELECT events.document FROM operations
JOIN events ON events.operation = operations.id
WHERE operations.id = ?1 AND tenant = ?2 AND (expires_at IS NULL OR expires_at > ?3)
ORDER BY events.number
