-- repeated: references under which more than one mass payment was taken in by now.
SELECT reference, count(*) AS times
FROM mass_payments
WHERE received_at <= :at
  AND reference IS NOT NULL
  AND (:reference IS NULL OR reference = :reference)
GROUP BY reference
HAVING count(*) > 1
ORDER BY reference;
