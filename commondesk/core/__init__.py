"""The rules of the desk: plain Python, without clock, database or web."""
