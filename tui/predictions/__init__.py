"""What a probe sees: a screen over a place, from the predictions that a run kept."""
