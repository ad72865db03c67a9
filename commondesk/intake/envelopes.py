"""What the sending server said of a mail, as far as there was one that we spoke with."""

from __future__ import annotations

from .models import RawMail

SPOKEN = (RawMail.Source.SMTP, RawMail.Source.LMTP)


def sender_of(mail: RawMail) -> str | None:
    """The return path: empty for `<>`, None where nobody told us one and its headers may know."""
    return mail.envelope_from if mail.source in SPOKEN or mail.envelope_from else None
