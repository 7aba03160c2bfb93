"""What a probe sees: the out-of-fold predictions that runs keep, counted and compared."""
