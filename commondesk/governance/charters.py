"""The agreement that rules at an instant, read from the charter and calendars in force."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import cast
from uuid import UUID

import yaml

from commondesk.core.record.codec import Json, canonical
from commondesk.core.record.instant import Instant, iso_of
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.charter_data import agreement_of
from commondesk.governance.models import CalendarVersion, CharterVersion
from commondesk.ledger import memory, tables

Document = dict[str, Json]
_ENTERED = (
    f"SELECT name, entered_at, document FROM {CalendarVersion._meta.db_table}"  # noqa: S608
    " WHERE company = %s ORDER BY id"
)


class UnknownTemplate(LookupError):
    """No charter template has that name."""


# ---- which one rules ----------------------------------------------------------------------


def charter_for(company: UUID, at: Instant) -> CharterVersion | None:
    """The version in force: the newest signed by all parties, else the newest draft."""
    ruling = [
        version
        for version in _versions(company)
        if version.in_force_at <= at and (version.until is None or at < version.until)
    ]
    signed = [version for version in ruling if is_signed(version, at)]
    return max(signed or ruling, key=lambda each: (each.in_force_at, each.version), default=None)


def _versions(company: UUID) -> tuple[CharterVersion, ...]:
    return memory.recalled(
        ("charters", company),
        lambda: tuple(tables.read(CharterVersion, "WHERE company = %s", company)),
    )


def is_signed(version: CharterVersion, at: Instant) -> bool:
    """Whether every party had signed by then."""
    parties = set(parties_of(version))
    return bool(parties) and parties <= {
        each["party"] for each in version.signatures if each["at"] <= at
    }


def parties_of(version: CharterVersion) -> tuple[str, ...]:
    """The parties that have to sign."""
    return _parties(version.document)


@lru_cache(maxsize=512)
def _parties(text: str) -> tuple[str, ...]:
    parties = charter_part(cast(Document, json.loads(text))).get("parties")
    listed = parties if isinstance(parties, list) else []
    return tuple(
        str(each["party"]) for each in listed if isinstance(each, dict) and "party" in each
    )


def document_of(version: CharterVersion) -> Document:
    """What the version says: an object with `charter` and `calendars`."""
    return cast(Document, json.loads(version.document))


def charter_part(document: Document) -> Document:
    """The charter itself, without the hours of its calendars."""
    part = document.get("charter")
    return part if isinstance(part, dict) else {}


def agreement_for(company: UUID, at: Instant) -> Agreement | None:
    """What is agreed at this instant; None before the first charter or after its withdrawal."""
    version = charter_for(company, at)
    return None if version is None else _agreement(version, is_signed(version, at))


def agreement_by_id(company: UUID, charter: str) -> Agreement | None:
    """What the charter of that uuid agrees, with the calendars as they are known today."""
    return memory.recalled(("agreement", company, charter), lambda: _by_id(company, charter))


def _by_id(company: UUID, charter: str) -> Agreement | None:
    version = next((each for each in _versions(company) if each.uuid == charter), None)
    if version is None:
        return None
    return _agreement(version, bool(version.signatures) and is_signed(version, 1 << 62))


def agreement_before(company: UUID, charter: str) -> Agreement | None:
    """The same without the calendar version entered last: what was agreed until then."""
    version = CharterVersion.objects.filter(company=company, uuid=charter).first()
    if version is None:
        return None
    return _agreement(
        version, bool(version.signatures) and is_signed(version, 1 << 62), leave_out=1
    )


# ---- building it once ---------------------------------------------------------------------


def _agreement(version: CharterVersion, is_signed: bool, *, leave_out: int = 0) -> Agreement:
    entered = tables.select(_ENTERED, version.company)
    known = tuple((row[0], row[1], row[2]) for row in entered[: len(entered) - leave_out])
    return _built(version.uuid, version.document, known, is_signed)


@lru_cache(maxsize=512)
def _built(
    identity: str, document: str, known: tuple[tuple[str, Instant, str], ...], is_signed: bool
) -> Agreement:
    # One object a version: agreements are compared by identity and remember their answers.
    data = cast(Document, json.loads(document))
    calendars = calendars_with(data.get("calendars"), known)
    return replace(agreement_of(data["charter"], calendars, identity=identity), is_signed=is_signed)


def calendars_with(hours: Json, known: Sequence[tuple[str, Instant, str]]) -> Document:
    """The charter's hours together with the holidays entered so far, oldest first."""
    calendars: Document = {}
    for name, entry in (hours if isinstance(hours, dict) else {}).items():
        days = [(at, json.loads(text)) for calendar, at, text in known if calendar == name]
        calendars[name] = _with_days(entry if isinstance(entry, dict) else {}, days)
    return calendars


def _with_days(entry: Document, days: list[tuple[Instant, Document]]) -> Json:
    if not days:
        return entry
    first, later = days[0][1], days[1:]
    return {
        **entry,
        **_days_of(first),
        "entered": [{"at": iso_of(at), **_days_of(each)} for at, each in later],
    }


def _days_of(document: Document) -> Document:
    return {
        "holidays": document.get("holidays") or [],
        "exceptional": document.get("exceptional") or {},
    }


# ---- templates ----------------------------------------------------------------------------


def template_names() -> tuple[str, ...]:
    """The charter templates there are."""
    folder = resources.files("commondesk.governance") / "templates"
    names = [each.name.removesuffix(".yaml") for each in folder.iterdir()]
    return tuple(sorted(names))


def template(name: str) -> Document:
    """A charter template: an object with `charter` and `calendars`. Raises UnknownTemplate."""
    return cast(Document, json.loads(_template_text(name)))


@lru_cache(maxsize=32)
def _template_text(name: str) -> str:
    if name not in template_names():
        raise UnknownTemplate(f"{name!r} is no charter template: {', '.join(template_names())}")
    file = resources.files("commondesk.governance") / "templates" / f"{name}.yaml"
    return text_of(yaml.safe_load(file.read_text(encoding="utf-8")))


def text_of(document: Document) -> str:
    """The canonical text of a document, as the record keeps it."""
    return canonical(document)
