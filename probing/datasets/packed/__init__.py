"""What there is much of, held in few bytes a row."""
