"""Event simulation of a desk: priorities, skills, tiers with their own hours, waiting on others."""
