"""Datasets on the Hugging Face hub: what a repository holds, fetching it, and reading it."""
