-- insert_line: one line with its verdict; no refusal means accepted.
INSERT INTO lines (mass_payment, position, line_id, amount, currency, reference, refusal)
VALUES (:mass_payment, :position, :line_id, :amount, :currency, :reference, :refusal);
