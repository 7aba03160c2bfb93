"""Rank the features of each training set by what they tell of its classes."""
