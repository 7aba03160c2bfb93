"""The highlighted run: its facts, its best scores, its curves."""
