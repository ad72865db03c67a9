"""What was agreed: the whole charter as data, read, written, and compared."""
