"""What became of a mail of ours: delivery reports by RFC 3464, and older ones in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .understood import Report

LONGEST = 256 * 1024
LONGEST_TOLD = 8_000
MOST_ADDRESSES = 100

_ACTION = re.compile(rb"^action[ \t]*:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(
    rb"^(?:final|original)-recipient[ \t]*:[ \t]*[a-z0-9-]+[ \t]*;[ \t]*<?([^\s<>]+)>?",
    re.IGNORECASE | re.MULTILINE,
)
_DIAGNOSES = tuple(
    re.compile(
        rb"^" + name + rb"[ \t]*:[ \t]*([^\r\n]+(?:\r?\n[ \t]+[^\r\n]+)*)", re.IGNORECASE | re.M
    )
    for name in (rb"diagnostic-code", rb"status")
)
_ID = re.compile(
    rb"^(?:original-)?message-id[ \t]*:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]+>)",
    re.IGNORECASE | re.MULTILINE,
)

# How servers begin that tell of a failure in plain words.
_TELLS_OF_FAILURE = re.compile(
    r"this is the qmail-send program|this message was created automatically by mail delivery"
    r"|could not be delivered|couldn't be delivered|wasn't delivered|was not delivered"
    r"|did not reach (?:some or all of )?the (?:following|intended) recipient"
    r"|delivery (?:to the following recipients? (?:has )?failed|has failed|failed)"
    r"|undeliverable|undelivered mail|permanent fatal errors|address not found|returned mail"
    r"|mail delivery (?:system|subsystem|failed)|failure notice|message blocked"
    r"|unzustellbar|nicht zugestellt|konnte nicht zugestellt|n'a pas pu être (?:remis|distribué)"
    r"|non remis|no se (?:ha podido|pudo) entregar|no entregado"
    r"|impossibile (?:recapitare|consegnare)"
    r"|mancato recapito|kon niet worden (?:bezorgd|afgeleverd)|onbestelbaar"
    r"|não (?:foi|pôde ser) entregue"
    r"|nie można dostarczyć|niedostarczon|kunde inte levereras|olevererbart|kunne ikke leveres"
    r"|не (?:может быть|был[оа]?|удалось) доставлен|не доставлено|недоставленн"
    r"|配信できません|配信不能"
    r"|送信できませんでした|无法送达|無法傳遞|无法投递|退信",
    re.IGNORECASE,
)
_TELLS_OF_DELAY = re.compile(
    r"warning message only|you do not need to resend|will be retried|will keep trying|delayed"
    r"|delivery (?:is )?incomplete|temporary problem|still being retried|not yet been delivered"
    r"|verzögert|wird weiter versucht|retardé|retrasad|ritardat|vertraagd|atrasad|opóźnion"
    r"|försenad|forsinket|задерж|遅延|延迟|延遲",
    re.IGNORECASE,
)
_FAILED_LINE = re.compile(
    r"^[ \t>*]{0,8}(?:to:[ \t]*|rcpt to:[ \t]*|recipient:[ \t]*)?[<'\"(]{0,2}"
    r"([^\s<>'\"()@,;]{1,64}@[^\s<>'\"()@,;:]{1,253}\.[a-z0-9-]{2,})[>'\")]{0,2}"
    r"(?:<mailto:[^<>\s]{1,300}>)?(?=[:,;.]?[ \t]*(?:\(|$|[a-z\d(]))",
    re.IGNORECASE | re.MULTILINE,
)
_WITHIN = re.compile(
    r"(?:delivered to|deliver(?:ed|y)? to|recipient|reached?:?|an|à|für|to)[ \t\n]{1,3}['\"<]?"
    r"([^\s<>'\"()@,;]{1,64}@[^\s<>'\"()@,;:]{1,253}\.[a-z0-9-]{2,})",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"below this line|original message|returned message|this is a copy|transcript of session"
    r"|reporting-mta|message headers",
    re.IGNORECASE,
)
_REASON = re.compile(r"(?:[45]\.\d{1,3}\.\d{1,3}|\b[45]\d\d[ -])[^\n]{0,240}")


@dataclass(slots=True)
class Outcome:
    """What is gathered of a report, part by part."""

    failed: list[str] = field(default_factory=list)
    delayed: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    returned_id: str = ""
    reason: str = ""

    def read_status(self, content: bytes) -> None:
        """A part of the kind message/delivery-status: a block a recipient."""
        for block in re.split(rb"\r?\n[ \t]*\r?\n", content[:LONGEST]):
            recipient, action = _RECIPIENT.search(block), _ACTION.search(block)
            if recipient and action and len(self.failed) < MOST_ADDRESSES:
                self._take(action[1].lower(), recipient[1], block)

    def read_returned(self, content: bytes) -> None:
        """The mail that comes back, or its headers."""
        self.returned_id = self.returned_id or id_in(content[:LONGEST])

    def report(self) -> Report | None:
        if not (self.failed or self.delayed or self.delivered or self.returned_id or self.reason):
            return None
        return Report(
            failed=_once(self.failed),
            message_id=self.returned_id,
            reason=self.reason,
            delayed=_once(self.delayed),
            delivered=_once(self.delivered),
        )

    def _take(self, action: bytes, recipient: bytes, block: bytes) -> None:
        address = recipient.decode("ascii", "replace").lower()
        if action == b"failed":
            self.failed.append(address)
        elif action == b"delayed":
            self.delayed.append(address)
        elif action in (b"delivered", b"relayed", b"expanded"):
            self.delivered.append(address)
        if action in (b"failed", b"delayed"):
            self.reason = self.reason or _diagnosis_in(block)


def id_in(headers: bytes) -> str:
    found = _ID.search(headers)
    return found[1].decode("ascii", "replace") if found else ""


def report_in_words(
    subject: str, text: str, named: Iterable[str], returned_id: str
) -> Report | None:
    """What a server says that knows no RFC 3464. named are the addresses of X-Failed-Recipients."""
    text = text[:LONGEST]
    addresses = [each.strip().lower() for each in named if "@" in each]
    if not addresses and not _TELLS_OF_FAILURE.search(f"{subject}\n{text[:LONGEST_TOLD]}"):
        return None
    told = _told(text)
    is_delay = bool(_TELLS_OF_DELAY.search(f"{subject}\n{told}"))
    if not addresses:
        found = _FAILED_LINE.findall(told) or _WITHIN.findall(told)
        addresses = [each.lower().rstrip(".") for each in found]
    reason = _REASON.search(told)
    return Report(
        failed=() if is_delay else _once(addresses),
        message_id=returned_id or id_in(text.encode("utf-8", "replace")),
        reason=" ".join(reason[0].split())[:300] if reason else "",
        delayed=_once(addresses) if is_delay else (),
    )


def _told(text: str) -> str:
    """The server's own words, above the copy of what it could not deliver."""
    lines = text[:LONGEST_TOLD].split("\n")
    end = next((at for at, line in enumerate(lines) if at and _is_above_copy(line)), len(lines))
    return "\n".join(lines[:end])


def _is_above_copy(line: str) -> bool:
    short = line[:100]
    return short.lstrip().startswith(("--", "==", "__", "Original ", "Reporting-")) and bool(
        _COPY.search(short)
    )


def _once(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))[:MOST_ADDRESSES]


def _diagnosis_in(block: bytes) -> str:
    """What the server said, or else its bare number."""
    found = next((hit for pattern in _DIAGNOSES if (hit := pattern.search(block))), None)
    return " ".join(found[1].decode("ascii", "replace").split())[:300] if found else ""
