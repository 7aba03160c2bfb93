"""Rows in JSON and JSONL, in every layout that people keep them in."""
