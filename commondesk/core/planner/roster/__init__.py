"""Rosters: how many people work which shifts where, and who of them."""
