"""What is wanted of runs that wait or are live: their place, a pause, a turn."""
