"""Training of many small networks at once."""
