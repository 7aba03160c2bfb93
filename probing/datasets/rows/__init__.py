"""Rows: which belong together, which are kept, and the split that a file gives."""
