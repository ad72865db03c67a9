"""Questions in SQL over a company's own tables, answered by a process that can do nothing else."""
