"""Commondesk: the desk that a company and its IT support provider share."""

import os

__version__ = "0.6.0"

# Read when numpy is first imported. Our matrices are small: threads that wait for each other take
# ten times the work that one does, and more where the processors are busy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
