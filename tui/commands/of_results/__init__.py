"""Commands that print, compare and draw results."""
