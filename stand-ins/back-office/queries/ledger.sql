-- ledger: what was paid by now, one row a key. Beside min(), SQLite takes the bare
-- columns from the row of the minimum: amount and currency of the first payment.
SELECT reference, line_id, amount, currency, count(*) AS times, min(entry)
FROM ledger
WHERE paid_at <= :at
  AND (:reference IS NULL OR reference = :reference)
GROUP BY reference, line_id
ORDER BY reference, line_id;
