-- count_lines: accepted and rejected among the lines processed so far, and paid by now.
SELECT
    count(*) FILTER (WHERE refusal IS NULL) AS accepted,
    count(*) FILTER (WHERE refusal IS NOT NULL) AS rejected,
    (SELECT count(*) FROM ledger WHERE mass_payment = :mass_payment AND paid_at <= :at) AS created
FROM lines
WHERE mass_payment = :mass_payment
  AND position < :processed;
