"""What a forward pass computes inside a model: its blocks, its sites, and how they are read."""
