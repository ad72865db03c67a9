"""The sample company: ninety days of a desk that never was, played through the real commands."""
