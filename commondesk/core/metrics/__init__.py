"""What it amounts to: figures from readings, each defined once, one metric a file."""
