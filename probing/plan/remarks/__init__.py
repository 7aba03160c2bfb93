"""What is told of datasets and cells before any work: findings, notes, and what will fail."""
