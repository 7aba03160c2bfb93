"""What a run keeps beside its scores: texts, predictions, neurons, trainings, curves."""
