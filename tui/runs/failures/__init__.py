"""What failed in a run, by cause."""
