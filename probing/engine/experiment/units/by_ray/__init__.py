"""Workers of Ray do the units of a run: on this machine, or on the nodes of a cluster."""
