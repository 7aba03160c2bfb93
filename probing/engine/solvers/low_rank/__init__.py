"""Linear models of many targets or classes that see the features through few directions."""
