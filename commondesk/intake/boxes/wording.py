"""What is said of a mailbox: how fetching goes, and what to do where it does not.

Nothing that a server said is repeated: whoever enters a foreign server here learns no more of it
than that it is a mailbox of theirs, or is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from commondesk.core.record.instant import MINUTE, Instant
from commondesk.core.texts import gettext, gettext_noop
from commondesk.intake import receiver
from commondesk.intake.models import MailAccount

MEGABYTE = 1024 * 1024
LATE = 10 * MINUTE
"""Whoever fetches looks each minute; after so long nobody does."""

WHY = {
    "nowhere": gettext_noop(
        "No mail server of that name can be reached from here. Check the spelling. A server inside"
        " your own network is asked once whoever runs the desk allows that network."
    ),
    "certificate": gettext_noop(
        "Its certificate does not stand for this name, or nobody we trust signed it. Use the name"
        " that stands in the certificate; your mail provider knows it."
    ),
    "tls": gettext_noop(
        "It does not speak TLS there. Port 993 goes with TLS from the start, port 143 with"
        " STARTTLS."
    ),
    "starttls": gettext_noop(
        "It offers no STARTTLS, and without encryption it is not asked. Try TLS from the start, on"
        " port 993."
    ),
    "silent": gettext_noop(
        "It does not answer in time. Check name and port, and whether a firewall stands between."
    ),
    "unanswered": gettext_noop(
        "Nothing answers there. Check name and port: 993 for TLS, 143 for STARTTLS."
    ),
    "ended": gettext_noop(
        "It ended the connection, or what it says is no IMAP. Check that IMAP is switched on for"
        " this mailbox."
    ),
    "sign_in": gettext_noop(
        "It does not accept this name and password. Many providers want a password made for"
        " programs (an app password), and IMAP switched on in the mailbox’s own settings."
    ),
    "folder": gettext_noop("It has no such folder. Choose another one."),
    "taken": gettext_noop("This folder is fetched already, for another desk here."),
    "busy": gettext_noop("Too many mailboxes are tried at this moment. Try again in a minute."),
    "password_lost": gettext_noop(
        "The password cannot be read any more, because the key of this installation changed. Enter"
        " it again."
    ),
    "not_kept": gettext_noop(
        "Mail could not be stored on the desk’s own disk. It stays on its server until that is set"
        " right."
    ),
    "unmarked": gettext_noop(
        "Mail is fetched, but the server does not let us mark it as done. Nothing comes twice all"
        " the same."
    ),
}
TOO_LARGE = gettext_noop(
    "Some of its mails are larger than %(most)s MB. They stay on the server; the others come in."
)
OTHER = gettext_noop("It cannot be fetched now. It is tried again by itself.")
STILL_FETCHED = frozenset({"too_large", "unmarked"})


def why(word: str) -> str:
    """What is wrong and what to do, as a sentence."""
    if word == "too_large":
        return gettext(TOO_LARGE) % {"most": receiver.LARGEST // MEGABYTE}
    return gettext(WHY.get(word, OTHER))


@dataclass(frozen=True, slots=True)
class Standing:
    """How fetching goes. tone: met, late, soon or calm."""

    tone: str
    words: str
    advice: str = ""


def standing_of(account: MailAccount, at: Instant) -> Standing:
    """How fetching from an account goes, in words."""
    if not account.is_active:
        return Standing("calm", gettext("Paused: nothing is fetched"))
    if account.looked_at is None:
        return Standing("calm", gettext("Connected: the first look is a few seconds away"))
    if account.last_error:
        advice = why(account.last_why)
        if account.last_why in STILL_FETCHED:
            return Standing("soon", gettext("Fetched, but not everything"), advice)
        return Standing("late", gettext("Not fetched now"), advice)
    if account.looked_at < at - LATE:
        said = gettext(
            "Nobody has looked into it for a while. Whoever runs the desk sees to it that"
            " “commondesk receive” runs."
        )
        return Standing("soon", gettext("Not looked at lately"), said)
    return Standing("met", gettext("Fetched"))
