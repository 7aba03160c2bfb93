"""How a run gains from workers, and what they cost."""
