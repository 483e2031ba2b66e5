"""Sources: one adapter for each platform; platform clients are known here and nowhere else."""
