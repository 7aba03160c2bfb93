"""Linear and quadratic discriminant analysis of many training sets at once."""
