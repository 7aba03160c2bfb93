"""A classifier of a user that waits until a file is there."""

PATIENT = """
import os, time
from pathlib import Path
from sklearn.naive_bayes import GaussianNB
from probing import SingleStepOpt

class Patient(SingleStepOpt):
    def __init__(self):
        super().__init__()
        self.classifier = GaussianNB()

    def fit(self, *args, **kwargs):
        told = Path(os.environ["PATIENT_WAITS_FOR"])
        for _ in range(600):
            if told.exists():
                return super().fit(*args, **kwargs)
            time.sleep(0.05)
        raise RuntimeError("nothing was fitted beside me")
"""
