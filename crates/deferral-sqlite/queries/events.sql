-- events: those that are kept after a number, of an operation of this tenant whose time is not
-- over. A reader that follows asks for the last one or two of some hundred.
SELECT events.document FROM operations
JOIN events ON events.operation = operations.id
WHERE operations.id = ?1 AND tenant = ?2 AND (expires_at IS NULL OR expires_at > ?3)
    AND number > ?4
ORDER BY events.number
