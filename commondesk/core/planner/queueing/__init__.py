"""Queues: what a number of agents amounts to when tickets or calls arrive as they please."""
