"""What was understood of a mail, and its way through JSON from the child process."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import cast

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


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


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report (RFC 3464): which addresses failed, for which message, and why."""

    failed: tuple[str, ...] = ()
    message_id: str = ""
    reason: str = ""


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
    visible: str = ""
    html: str = ""
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
    notes: tuple[str, ...] = ()
    """What was odd about it, in plain sentences."""

    @property
    def is_automatic(self) -> bool:
        return bool(self.automatic)

    @property
    def folded(self) -> str:
        """The whole text, with what the mail program put below the answer marked as quoted."""
        if not self.text.startswith(self.visible):
            return self.text
        rest = self.text[len(self.visible) :].strip("\n")
        if not rest:
            return self.text
        quoted = "\n".join(line if line[:1] == ">" else f"> {line}" for line in rest.split("\n"))
        return f"{self.visible.rstrip()}\n\n{quoted}"

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


def json_of(mail: Understood) -> dict[str, Json]:
    return cast(dict[str, Json], asdict(mail))


def understood_of(data: dict[str, Json]) -> Understood:
    """The mail of a child's answer. Raises ValueError, TypeError or KeyError if it does not fit."""
    sender, report = data["sender"], data["report"]
    return Understood(
        sender=_mailbox(sender) if sender else None,
        sender_trouble=str(data["sender_trouble"]),
        to=tuple(map(_mailbox, _list(data["to"]))),
        cc=tuple(map(_mailbox, _list(data["cc"]))),
        reply_to=tuple(map(_mailbox, _list(data["reply_to"]))),
        subject=str(data["subject"]),
        text=str(data["text"]),
        visible=str(data["visible"]),
        html=str(data["html"]),
        attachments=tuple(map(_attached, _list(data["attachments"]))),
        message_id=str(data["message_id"]),
        in_reply_to=_texts(data["in_reply_to"]),
        references=_texts(data["references"]),
        automatic=str(data["automatic"]),
        is_alert=bool(data["is_alert"]),
        is_answer_unwanted=bool(data["is_answer_unwanted"]),
        report=_report(report) if report else None,
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


def _mailbox(data: Json) -> Mailbox:
    it = _object(data)
    return Mailbox(str(it["address"]), str(it["name"]))


def _attached(data: Json) -> Attached:
    it = _object(data)
    return Attached(
        place=str(it["place"]),
        name=str(it["name"]),
        media_type=str(it["media_type"]),
        size=int(str(it["size"])),
        sha256=str(it["sha256"]),
        is_inline=bool(it["is_inline"]),
        content_id=str(it["content_id"]),
    )


def _report(data: Json) -> Report:
    it = _object(data)
    return Report(_texts(it["failed"]), str(it["message_id"]), str(it["reason"]))
