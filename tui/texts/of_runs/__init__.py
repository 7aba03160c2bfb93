"""Runs and their plans in words."""
