"""The check of the sender: what DKIM, SPF and DMARC say about the address in From."""

from .finding import ABSENT, Finding
from .sender import check

__all__ = ["ABSENT", "Finding", "check"]
