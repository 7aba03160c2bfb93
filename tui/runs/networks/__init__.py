"""How the networks of a run are trained."""
