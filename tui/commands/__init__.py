"""The commands, a file for each family; each takes the arguments and returns the exit code."""
