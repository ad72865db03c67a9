"""What was understood of a mail, and its way through JSON from the child process."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

QUOTE, SIGNATURE = "quote", "signature"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address that passed the strict check, and the name that was written beside it.

    The name is decoration: it never says who somebody is.
    """

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of the mail; its content lies in the folder of the parse under `place`."""

    place: str
    name: str
    media_type: str
    size: int
    sha256: str
    is_inline: bool = False
    content_id: str = ""
    is_sensitive: str = ""
    """What makes it a file for few eyes, such as "private key"; empty for an ordinary file."""


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report (RFC 3464 or of an older kind): what became of which mail, and why."""

    failed: tuple[str, ...] = ()
    message_id: str = ""
    reason: str = ""
    delayed: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """A stretch of the text that is not what the writer had to say: characters start to end."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Understood:
    """A mail as the desk sees it. Everything in it was chosen by whoever sent it."""

    sender: Mailbox | None = None
    sender_trouble: str = ""
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    subject: str = ""
    text: str = ""
    """The whole text as written, or that of the HTML where there is no other."""
    visible: str = ""
    """The text without its folds."""
    folds: tuple[Folded, ...] = ()
    """Quotes and signatures in the text, in order, not overlapping."""
    html: str = ""
    has_remote_pictures: bool = False
    """The HTML names pictures that lie elsewhere: whoever shows it must not fetch them unasked."""
    attachments: tuple[Attached, ...] = ()
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    automatic: str = ""
    """Which rule says that a machine sent it; empty for a person's mail."""
    is_alert: bool = False
    """A machine's own message (monitoring), as opposed to its answer to a mail of ours."""
    is_answer_unwanted: bool = False
    """An automatic answer of ours would reach nobody, or is asked not to come."""
    report: Report | None = None
    authentication_results: tuple[str, ...] = ()
    """Whoever wrote them, the topmost first; only those of a trusted host say anything."""
    received: tuple[str, ...] = ()
    is_secret_code: bool = False
    """A one-time code or a confirming link from a machine: not for whoever asked at the desk."""
    is_asymmetric: bool = False
    """Its text and its HTML say different things, or its HTML hides words."""
    forwarded_from: Mailbox | None = None
    """Who wrote what was forwarded, as the forwarder's mail tells it."""
    language: str = ""
    protection: str = ""
    """Is "pgp" or "smime" where it is encrypted or signed; kept as it came."""
    calendar: str = ""
    """An invitation in one line."""
    likeness: str = ""
    """Equal for mails that say the same but for numbers: how a storm is recognised."""
    wording: str = ""
    """Which wording of machines its subject has, such as "ticket received"."""
    notes: tuple[str, ...] = ()
    """What was odd about it, in plain sentences."""

    @property
    def is_automatic(self) -> bool:
        return bool(self.automatic)

    @property
    def folded(self) -> str:
        """The whole text; what lies folded in it is told by folds."""
        return self.text

    @property
    def answered_ids(self) -> tuple[str, ...]:
        """The ids it says it answers, the nearest first, each once."""
        nearest_first = (*self.in_reply_to, *reversed(self.references))
        return tuple(dict.fromkeys(nearest_first))


@dataclass(slots=True)
class Notes:
    """Collects what was odd; the same sentence once."""

    said: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        if sentence not in self.said:
            self.said.append(sentence)


_NAMES = {
    kind: tuple(each.name for each in fields(kind))
    for kind in (Mailbox, Attached, Report, Folded, Understood)
}


def json_of(mail: Understood) -> dict[str, Json]:
    return {name: _json(getattr(mail, name)) for name in _NAMES[Understood]}


def _json(value: Any) -> Json:
    # Not dataclasses.asdict: it copies everything, which costs more than reading a short mail.
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    names = _NAMES.get(type(value))
    return {name: _json(getattr(value, name)) for name in names} if names else value


def understood_of(data: dict[str, Json]) -> Understood:
    """The mail of a child's answer. Raises ValueError, TypeError or KeyError if it does not fit."""
    sender, report, forwarded = data["sender"], data["report"], data["forwarded_from"]
    return Understood(
        sender=_mailbox(sender) if sender else None,
        sender_trouble=str(data["sender_trouble"]),
        to=tuple(map(_mailbox, _list(data["to"]))),
        cc=tuple(map(_mailbox, _list(data["cc"]))),
        reply_to=tuple(map(_mailbox, _list(data["reply_to"]))),
        subject=str(data["subject"]),
        text=str(data["text"]),
        visible=str(data["visible"]),
        folds=_folds(data["folds"], len(str(data["text"]))),
        html=str(data["html"]),
        has_remote_pictures=bool(data["has_remote_pictures"]),
        attachments=tuple(map(_attached, _list(data["attachments"]))),
        message_id=str(data["message_id"]),
        in_reply_to=_texts(data["in_reply_to"]),
        references=_texts(data["references"]),
        automatic=str(data["automatic"]),
        is_alert=bool(data["is_alert"]),
        is_answer_unwanted=bool(data["is_answer_unwanted"]),
        report=_report(report) if report else None,
        authentication_results=_texts(data["authentication_results"]),
        received=_texts(data["received"]),
        is_secret_code=bool(data["is_secret_code"]),
        is_asymmetric=bool(data["is_asymmetric"]),
        forwarded_from=_mailbox(forwarded) if forwarded else None,
        language=str(data["language"]),
        protection=str(data["protection"]),
        calendar=str(data["calendar"]),
        likeness=str(data["likeness"]),
        wording=str(data["wording"]),
        notes=_texts(data["notes"]),
    )


def _list(data: Json) -> list[Json]:
    if not isinstance(data, list):
        raise TypeError(f"a list is wanted, not {data!r}")
    return data


def _object(data: Json) -> dict[str, Json]:
    if not isinstance(data, dict):
        raise TypeError(f"an object is wanted, not {data!r}")
    return data


def _texts(data: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in _list(data))


def _number(data: Json) -> int:
    if not isinstance(data, int):
        raise TypeError(f"a number is wanted, not {data!r}")
    return data


def _mailbox(data: Json) -> Mailbox:
    it = _object(data)
    return Mailbox(str(it["address"]), str(it["name"]))


def _attached(data: Json) -> Attached:
    it = _object(data)
    return Attached(
        place=str(it["place"]),
        name=str(it["name"]),
        media_type=str(it["media_type"]),
        size=_number(it["size"]),
        sha256=str(it["sha256"]),
        is_inline=bool(it["is_inline"]),
        content_id=str(it["content_id"]),
        is_sensitive=str(it["is_sensitive"]),
    )


def _folds(data: Json, length: int) -> tuple[Folded, ...]:
    """The folds, in order and within the text: others would show or hide the wrong words."""
    folds, before = [], 0
    for each in map(_object, _list(data)):
        fold = Folded(str(each["kind"]), _number(each["start"]), _number(each["end"]))
        if fold.kind not in (QUOTE, SIGNATURE) or not before <= fold.start < fold.end <= length:
            raise ValueError(f"{fold} does not fit into a text of {length} characters")
        folds.append(fold)
        before = fold.end
    return tuple(folds)


def _report(data: Json) -> Report:
    it = _object(data)
    return Report(
        failed=_texts(it["failed"]),
        message_id=str(it["message_id"]),
        reason=str(it["reason"]),
        delayed=_texts(it["delayed"]),
        delivered=_texts(it["delivered"]),
    )
