"""Commands that open the app, and what it and the shell are set up with."""
