"""Differences, effects of interventions and transfers, drawn."""
