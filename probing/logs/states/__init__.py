"""What the events of a run say: read, summed up, and followed."""
