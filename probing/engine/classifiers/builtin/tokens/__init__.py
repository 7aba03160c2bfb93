"""Probes that look at every token of a text, and learn where to look."""
