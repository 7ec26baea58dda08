-- mass_payments_by_mp_uuid: in the order in which they arrived.
SELECT * FROM mass_payments WHERE mp_uuid = :mp_uuid ORDER BY rowid;
