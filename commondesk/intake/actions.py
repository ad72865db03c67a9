"""What can be done with the mails that were kept."""

from .filing import file, file_waiting
from .tidying import forget, tidy

__all__ = ["file", "file_waiting", "forget", "tidy"]
