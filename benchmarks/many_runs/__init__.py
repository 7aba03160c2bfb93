"""A logs folder of thousands of runs: what it costs to list, to filter and to watch."""
