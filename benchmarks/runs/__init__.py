"""Subject `runs`: how fast finished runs are listed and read."""
