"""How a user's class is fitted: one fold at a time, in worker processes, or in stacks."""
