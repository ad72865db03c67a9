"""Mailboxes connected on a page: tried first, kept then, paused and removed at will."""
