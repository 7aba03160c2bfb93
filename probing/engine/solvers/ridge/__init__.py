"""Ridge regression of many training sets and strengths at once."""
