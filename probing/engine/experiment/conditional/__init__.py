"""What a layer adds to a baseline: joint fits, fits of the baseline alone, and their difference."""
