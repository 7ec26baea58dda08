-- idle_owners: who may have effects that nothing asks for any more.
SELECT owner FROM idle_owners LIMIT ?1
