"""What a target column holds: kinds of values, classes and their order, numbers."""
