"""What finished runs cost to list, to read and to keep on a screen."""
