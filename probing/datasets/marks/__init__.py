"""Parts of texts that rows of a dataset are about: words, spans, positions."""
