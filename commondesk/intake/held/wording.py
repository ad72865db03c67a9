"""Why a mail is on hold and what the check of its sender said, in words for people."""

from __future__ import annotations

import re

from commondesk.core.record.event import Actor
from commondesk.core.record.events import HeldReason, MailDecision
from commondesk.core.texts import gettext, gettext_noop
from commondesk.intake import reasons
from commondesk.intake.models import RawMail

R = HeldReason
NEEDS_A_NAME = frozenset({R.UNCLEAR_SENDER, R.CLAIMS_AGENT, R.CLAIMS_DESK})
"""Held so, a mail goes to a ticket only once a person has said whose it is."""

TITLES = {
    R.UNCLEAR_SENDER: gettext_noop("Unclear sender"),
    R.CHECK_FAILED: gettext_noop("Sender check failed"),
    R.CLAIMS_DESK: gettext_noop("Claims to be this desk"),
    R.CLAIMS_AGENT: gettext_noop("Claims to be one of you"),
    R.UNVERIFIED: gettext_noop("Not on the ticket"),
    R.SECRET_CODE: gettext_noop("One-time code or link"),
    R.LOOP: gettext_noop("Answers our answers"),
    R.STORM: gettext_noop("Too many at once"),
    R.WHOSE: gettext_noop("Whose is this?"),
    R.UNREADABLE: gettext_noop("Could not be read"),
}

ALARMING = frozenset({R.CHECK_FAILED, R.CLAIMS_AGENT, R.CLAIMS_DESK, R.UNREADABLE})
"""What is told with the strongest mark."""

_MARKS = {
    R.UNCLEAR_SENDER: "person",
    R.CHECK_FAILED: "warn",
    R.CLAIMS_DESK: "warn",
    R.CLAIMS_AGENT: "warn",
    R.UNVERIFIED: "people",
    R.SECRET_CODE: "lock",
    R.LOOP: "bot",
    R.STORM: "bot",
    R.WHOSE: "mail",
    R.UNREADABLE: "gap",
}

_WHY = {
    R.CHECK_FAILED: gettext_noop(
        "The check of its sender failed: it may not come from %(sender)s at all."
    ),
    R.CLAIMS_DESK: gettext_noop(
        "It says that it comes from this desk itself, and nothing proves it."
    ),
    R.CLAIMS_AGENT: gettext_noop(
        "It says that it comes from %(sender)s, who works tickets; nothing proves it."
    ),
    R.UNVERIFIED: gettext_noop("%(sender)s is not part of the ticket that this mail answers."),
    R.SECRET_CODE: gettext_noop(
        "It looks like a one-time code or a link that confirms something. Whoever reads it could"
        " get into an account with it."
    ),
    R.UNREADABLE: gettext_noop("It could not be read or filed."),
}

_ELSE: dict[HeldReason | None, str] = {
    R.UNCLEAR_SENDER: gettext_noop("It cannot be said who sent it."),
    R.LOOP: gettext_noop("Its sender seems to be a machine that answers our answers."),
    R.STORM: gettext_noop("Too many mails came from this sender within the hour."),
    R.WHOSE: gettext_noop(
        "Nobody has told us which company the address that it came to belongs to."
    ),
}

_DECISIONS = {
    MailDecision.OPENED: gettext_noop("Opened as a ticket"),
    MailDecision.ADDED: gettext_noop("Added to a ticket"),
    MailDecision.DISCARDED: gettext_noop("Discarded"),
    MailDecision.EXPIRED: gettext_noop("Kept no longer"),
}

_MACHINES = {"intake": gettext_noop("By itself"), "command-line": gettext_noop("By command")}

_VERDICT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_WITH_DIGITS = re.compile(r"[\w-]*\d[\w-]*")
_SIGNATURE = {
    "none": gettext_noop("carries no signature"),
    "fail": gettext_noop("carries a signature that does not fit"),
    "pass": gettext_noop("carries the signature of another domain"),
}
_SERVER = {
    "none": gettext_noop("nothing says that its server may send for that domain"),
    "softfail": gettext_noop("comes from a server that probably may not send for that domain"),
    "fail": gettext_noop("comes from a server that may not send for that domain"),
    "pass": gettext_noop("was sent on account of another domain"),
}


def reason_title(key: str) -> str:
    """A reason in two or three words."""
    return gettext(TITLES[HeldReason(key)]) if key in list(HeldReason) else gettext("On hold")


def mark_of(key: str) -> str:
    """The icon beside a reason."""
    return _MARKS[HeldReason(key)] if key in list(HeldReason) else "mail"


def why(mail: RawMail, key: str) -> str:
    """Why a mail waits, in one sentence; in the words of the filer where they say more."""
    reason = HeldReason(key) if key in list(HeldReason) else None
    if reason in _WHY:
        return gettext(_WHY[reason]) % {"sender": mail.sender or gettext("its sender")}
    if mail.reason:
        return reasons.in_words(mail.reason)
    return gettext(_ELSE[reason]) if reason in _ELSE else gettext("A person must decide.")


def subject_of(subject: str, held_as: str) -> str:
    """The subject as others may see it: of a one-time code without what could be the code."""
    if held_as != HeldReason.SECRET_CODE:
        return subject
    return _WITH_DIGITS.sub(lambda found: "•" * len(found[0]), subject)


def finding_words(mail: RawMail) -> str:
    """What the check of the sender found, in a sentence; empty where nothing speaks against it."""
    said = {name.lower(): result.lower() for name, result in _VERDICT.findall(mail.check_finding)}
    domain = mail.sender.rpartition("@")[2] or gettext("The domain")
    signature = _SIGNATURE.get(said.get("dkim", ""), "")
    server = _SERVER.get(said.get("spf", ""), "")
    if said.get("dmarc") == "fail":
        return gettext(
            "%(domain)s says that mail in its name carries its signature or comes from its own"
            " servers. This one %(found)s."
        ) % {"domain": domain, "found": _both(signature, server)}
    if said.get("spf") in ("fail", "softfail"):
        return gettext("It %(found)s.") % {"found": gettext(server)}
    if said.get("dkim") == "fail":
        found = gettext(signature)
        return gettext("It %(found)s: it was changed on the way, or made up.") % {"found": found}
    return ""


def _both(signature: str, server: str) -> str:
    found = [gettext(each) for each in (signature, server) if each]
    if len(found) == 2:
        return gettext("%(one)s and %(other)s") % {"one": found[0], "other": found[1]}
    return found[0] if found else gettext("does neither")


def decision_words(decision: MailDecision) -> str:
    """What was decided, as the head of a line."""
    return gettext(_DECISIONS[decision])


def machine_words(actor: Actor) -> str:
    """Who decided, where it was no person that is still known."""
    if actor.id in _MACHINES:
        return gettext(_MACHINES[actor.id])
    return gettext("Somebody") if actor.is_person else gettext("By itself")
