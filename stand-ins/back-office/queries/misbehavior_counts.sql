-- misbehavior_counts
SELECT kind, times FROM misbehaviors ORDER BY kind;
