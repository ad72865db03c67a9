"""Causes: the parts of a review that take long, kept on a shelf that is brought up to date."""
