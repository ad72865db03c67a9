"""How many people it takes: one question, the engine that fits it, and a table of steps."""
