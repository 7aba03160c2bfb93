"""Probes that are trained on some datasets and tested on others."""
