"""The colours and the style sheets of the app."""
