-- pay: writes every accepted line into the ledger, under the sender's own words.
-- The key is the mass payment's reference, else the line's: never an id or UUID,
-- which a repeated request would carry anew and so hide a double payment.
INSERT INTO ledger (mass_payment, position, reference, line_id, amount, currency, paid_at)
SELECT l.mass_payment, l.position, coalesce(m.reference, l.reference, ''),
       l.line_id, l.amount, l.currency, m.created_at
FROM lines l JOIN mass_payments m ON m.id = l.mass_payment
WHERE l.mass_payment = :mass_payment
  AND l.refusal IS NULL;
