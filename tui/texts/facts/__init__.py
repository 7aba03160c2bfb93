"""Facts of datasets, models, machines and results in words."""
