"""Logistic regression with a distribution over its weights."""
