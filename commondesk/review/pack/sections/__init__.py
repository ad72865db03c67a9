"""Sections: the figures of a pack arranged for reading, one section a file."""
