"""The word lists of the generators."""
