"""Directions found in contrast pairs without their labels."""
