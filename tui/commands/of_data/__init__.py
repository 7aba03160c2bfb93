"""Commands of datasets and models."""
