"""The question box of a company: its own tables, asked in SQL by whoever may read its figures."""
