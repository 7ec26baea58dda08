-- decide: writes the one decision of a mass payment. The guard repeats what the
-- caller has checked in the same transaction: a decision is never overwritten.
UPDATE mass_payments
SET confirmed_at = :confirmed_at, created_at = :created_at, canceled_at = :canceled_at
WHERE id = :id
  AND confirmed_at IS NULL
  AND canceled_at IS NULL;
