"""Dataset layouts: each reader turns one kind of file into a `Table` of columns."""
