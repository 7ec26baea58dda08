-- misbehavior_counts: what really happened, for whoever checks that it did.
SELECT kind, times FROM misbehaviors ORDER BY kind;
