"""Classifiers of contrast pairs: two texts of different classes, compared with each other."""
