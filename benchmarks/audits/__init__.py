"""The audit of a dataset before anything is fitted."""
