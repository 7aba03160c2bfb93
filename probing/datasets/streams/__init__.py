"""Texts of a file one after another, of which only some are held at a time."""
