"""Groups: the figures of a pack, one group of them a file, each figure as an entry."""
