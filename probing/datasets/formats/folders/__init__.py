"""Folders that are one dataset: parts, shards, classes, and what the `datasets` library saves."""
