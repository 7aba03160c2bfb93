"""The part that computes: the only place that imports torch, transformers and scikit-learn."""
