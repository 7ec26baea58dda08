-- item_errors: numbered without gaps, so that an offset is a number.
SELECT item_errors.document FROM operations
JOIN item_errors ON item_errors.operation = operations.id
WHERE operations.id = ?1 AND tenant = ?2 AND (expires_at IS NULL OR expires_at > ?3)
    AND item_errors.number >= ?4
ORDER BY item_errors.number LIMIT ?5
