"""What a probe decides, drawn: confusion, scores, ROC and calibration, points of classes."""
