"""Lists that somebody brings along: checked row by row first, then carried out whole or not."""
