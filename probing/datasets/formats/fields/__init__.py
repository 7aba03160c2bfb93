"""Rows of fields between separators: CSV, TSV and SentEval's files."""
