"""Which rows there are, and which of them belong together."""
