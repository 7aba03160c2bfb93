"""How fast the engine is, side by side with what it replaces: `python -m benchmarks`."""
