"""What fields of forms hold, by language."""
