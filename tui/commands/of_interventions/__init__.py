"""Commands that edit activations."""
