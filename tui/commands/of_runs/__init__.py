"""Commands that start, follow and keep runs."""
