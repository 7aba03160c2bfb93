"""Every family of transformers as a tiny model: what it gives here, and what in transformers."""
