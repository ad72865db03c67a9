"""What the desk says by mail, in the words of its language and, where it wrote some, its company.

The room below `desk.notify`: `shipped` reads our own files, `own` keeps what a company wrote
instead, `filling` puts values into the gaps.
"""

from .filling import UnfitWording, filled, filled_line
from .own import apply, forget, own_wordings, rebuild, reset, wording_of, write
from .shipped import (
    LANGUAGES,
    PLACEHOLDERS,
    Language,
    UnknownTemplate,
    Wording,
    fit_language,
    language,
)

__all__ = [
    "LANGUAGES",
    "PLACEHOLDERS",
    "Language",
    "UnfitWording",
    "UnknownTemplate",
    "Wording",
    "apply",
    "filled",
    "filled_line",
    "fit_language",
    "forget",
    "language",
    "own_wordings",
    "rebuild",
    "reset",
    "wording_of",
    "write",
]
