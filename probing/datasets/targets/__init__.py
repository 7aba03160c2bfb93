"""Targets: what kind of values a column holds, and the task and classes that follow."""
