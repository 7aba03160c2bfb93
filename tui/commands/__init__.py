"""The commands, one file per family; each takes the arguments and returns an exit code."""
