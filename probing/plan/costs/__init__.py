"""What a run will cost: tokens, memory, disk and time, by arithmetic and by past runs."""
