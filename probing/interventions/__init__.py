"""Interventions on models: what is asked, what was measured, and its intervals. No torch."""
