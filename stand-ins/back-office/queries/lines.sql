-- lines: from a position on, each with whether it was paid by now.
SELECT l.position, l.line_id, l.amount, l.currency, l.refusal,
       coalesce(p.paid_at <= :at, 0) AS paid
FROM lines l
LEFT JOIN ledger p ON p.mass_payment = l.mass_payment AND p.position = l.position
WHERE l.mass_payment = :mass_payment
  AND l.position >= :start
ORDER BY l.position;
