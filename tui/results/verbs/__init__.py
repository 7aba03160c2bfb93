"""What can be done with the rows: each verb knows the screen only by its `Standing`."""
