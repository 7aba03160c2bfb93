"""Cells whose scores are those of several layers together."""
