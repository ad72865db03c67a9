"""What the check of a sender came to."""

from __future__ import annotations

from dataclasses import dataclass

from commondesk.core.record.events import SenderCheck


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the address in From is its sender's, and what was found, in a line."""

    result: SenderCheck = SenderCheck.ABSENT
    text: str = ""


ABSENT = Finding()
