-- mass_payment_by_id: the bank's own id, not ours.
SELECT * FROM mass_payments WHERE id = :id;
