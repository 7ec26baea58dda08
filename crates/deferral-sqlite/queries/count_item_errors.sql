-- count_item_errors: the number of the next one. They are never removed singly. What is beyond any
-- count is damage, and not counted on.
SELECT coalesce(max(number) + 1, 0) FROM item_errors
WHERE operation = ?1 AND number BETWEEN 0 AND 4294967295
