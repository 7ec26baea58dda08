-- count_item_errors: the number of the next one. They are never removed singly.
SELECT coalesce(max(number) + 1, 0) FROM item_errors WHERE operation = ?1
