"""Worker processes that fit a user's class."""
