"""The queue: which tickets, in which order, in which words; for one company or for many."""
