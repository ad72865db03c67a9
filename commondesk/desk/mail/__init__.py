"""A mail as bytes: headers nobody can break out of, a text, the same as HTML, and files."""
