"""One model on one dataset: its forward pass, its cached features, its progress."""
