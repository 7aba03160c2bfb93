"""The folder of a run on disk: its files, locks and owner; marks, names and the trash."""
