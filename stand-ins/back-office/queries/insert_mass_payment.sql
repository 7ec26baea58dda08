-- insert_mass_payment: takes a mass payment in, undecided.
INSERT INTO mass_payments (id, mp_uuid, reference, sell_currency, lines, received_at, processed_at)
VALUES (:id, :mp_uuid, :reference, :sell_currency, :lines, :received_at, :processed_at);
