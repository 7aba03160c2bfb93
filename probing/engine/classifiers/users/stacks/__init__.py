"""Networks of a user's class stacked and trained at once, where that changes nothing."""
