"""The order of rows and columns that a user chose, and what is saved of it."""
