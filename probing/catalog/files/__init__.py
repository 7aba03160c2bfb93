"""Files of other people, read within bounds: weights, adapters, tokenizers, GGUF."""
