"""What a runner printed and what happened, to read and to search."""
