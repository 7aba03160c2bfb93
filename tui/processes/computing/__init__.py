"""Processes that load models for the app: asked, and their answers read."""
