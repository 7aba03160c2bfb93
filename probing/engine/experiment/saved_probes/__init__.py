"""Fit probes again to all rows of a dataset, and save them."""
