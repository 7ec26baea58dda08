-- mass_payment_by_id
SELECT * FROM mass_payments WHERE id = :id;
