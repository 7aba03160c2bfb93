"""Scores of runs as tables: written when a run closes, read over all runs."""
