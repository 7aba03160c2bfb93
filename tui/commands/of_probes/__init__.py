"""Commands of saved probes."""
