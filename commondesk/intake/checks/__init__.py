"""The check of the sender: what DKIM, SPF and DMARC say about the address in From."""

from commondesk.intake.mail.understood import Understood
from commondesk.intake.models import RawMail

from .finding import ABSENT, Finding

__all__ = ["ABSENT", "Finding", "check"]


def check(mail: RawMail, said: Understood, content: bytes) -> Finding:
    """What speaks for or against the sender of a mail. Never raises; takes five seconds at most."""
    # It loads three libraries, which the pages never need.
    from .sender import check as checked

    return checked(mail, said, content)
