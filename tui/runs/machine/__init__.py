"""The strip of the machine: its load, and who computes on it."""
