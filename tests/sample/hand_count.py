"""A played company as a case file that the oracle counts by hand, minute by minute."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from commondesk.core.record import events as e
from commondesk.core.record.event import Event, Side
from commondesk.core.record.instant import Instant, iso_of
from commondesk.governance.models import CalendarVersion, CharterVersion
from tests.oracle.presets import EVERY_CLOCK, EVERY_PAUSE, TEMPLATE
from tests.oracle.reading import Raw

BY = {Side.PROVIDER: "agent", Side.COMPANY: "company", Side.MACHINE: "machine"}
BY |= {Side.REQUESTER: "requester", Side.VENDOR: "vendor"}

Histories = Mapping[str, Sequence[Event]]


def case_of(company: UUID, charter: str, histories: Histories, now: Instant) -> Raw:
    """The tickets that were opened under one charter."""
    version = CharterVersion.objects.get(uuid=charter)
    document = json.loads(version.document)
    part = document["charter"]
    fallback = part["calendar"]
    return {
        "now": iso_of(now),
        "calendars": dict(_calendars(company, document["calendars"])),
        "charter": {
            "default_priority": part["default_priority"],
            "hold_period": part["hold_period"],
            "calendar": fallback,
            "targets": [{"calendar": fallback} | row for row in part["targets"]],
            "lens": lens_of(part["lens"]),
        },
        "tickets": {
            name: {
                "requester": _requester(history),
                "events": [each for each in _told(history) if each["at"] <= iso_of(now)],
            }
            for name, history in histories.items()
        },
    }


def lens_of(written: Raw) -> Raw:
    """A lens as a charter writes it, with every setting said."""
    every = {"pauses": EVERY_PAUSE, "pauses_for": EVERY_CLOCK}
    said = {
        name: every[name] if "all" in value else value
        for name, value in written.items()
        if name in every
    }
    return TEMPLATE | written | said


def _calendars(company: UUID, written: Raw) -> Iterator[tuple[str, Raw]]:
    for name, entry in written.items():
        known = list(CalendarVersion.objects.filter(company=company, name=name).order_by("version"))
        days = [(each.entered_at, json.loads(each.document)) for each in known]
        told = dict(entry)
        if days:
            told |= days[0][1]
            told["entered"] = [{"at": iso_of(at), **listed} for at, listed in days[1:]]
        yield name, told


def _requester(history: Sequence[Event]) -> str:
    return next(each.body.requester for each in history if isinstance(each.body, e.TicketOpened))


def _told(history: Sequence[Event]) -> Iterator[Raw]:
    delivered = {
        each.body.message: iso_of(each.happened_at)
        for each in history
        if isinstance(each.body, e.MessageDelivered)
    }
    asked = {each.body.message for each in history if isinstance(each.body, e.QuestionAsked)}
    waits = {each.body.wait: each.body for each in history if isinstance(each.body, e.WaitBegun)}
    legs = {each.body.leg: each.body for each in history if isinstance(each.body, e.VendorLegBegun)}
    for event in history:
        told = _of_message(event, delivered, asked) or _of_step(event, waits, legs)
        if told:
            yield {"at": iso_of(event.happened_at), "by": BY[event.actor.side], **told}


def _of_message(event: Event, delivered: Mapping[str, str], asked: set[str]) -> Raw:
    match event.body:
        case e.MessageReceived() as body:
            return {"did": "received", "automatic": body.is_automatic}
        case e.MessageWritten() as body:
            return {
                "did": "replied",
                "delivered": delivered.get(body.message, "never"),
                "templated": body.is_templated,
                "to": list(body.to),
                "asks": body.message in asked,
            }
        case e.NoteWritten() as body:
            return {"did": "noted", "audience": str(body.audience)}
        case _:
            return {}


def _of_step(event: Event, waits: Mapping[str, e.WaitBegun], legs: Mapping[str, Any]) -> Raw:
    match event.body:
        case e.TicketOpened() as body:
            about = {"kind": str(body.kind), "service": body.service, "item": body.item}
            about = {name: value for name, value in about.items() if value}
            start = {"did": "opened", "by": "requester", "opening": str(body.opening), **about}
            return start | ({"returned_from": body.returned_from} if body.returned_from else {})
        case e.TicketPrioritised(priority=priority):
            return {"did": "prioritised", "priority": str(priority)}
        case e.TicketAssigned(tier=tier):
            return {"did": "assigned", "tier": str(tier)}
        case e.TicketTaken(owner=owner, tier=tier):
            return {"did": "taken", "tier": str(tier), "owner": owner}
        case e.HandoverAccepted(owner=owner, tier=tier):
            return {"did": "accepted", "tier": str(tier), "owner": owner}
        case e.TicketReleased():
            return {"did": "released"}
        case e.HandoverOffered(tier=tier):
            return {"did": "offered", "tier": str(tier)}
        case e.WaitBegun() as wait:
            until = {"until": iso_of(wait.until)} if wait.until is not None else {}
            is_theirs = wait.is_requesters_date
            return {"did": "wait", "on": str(wait.on), "requesters_date": is_theirs, **until}
        case e.WaitEnded(wait=wait):
            return {"did": "resume", "on": str(waits[wait].on)}
        case e.VendorLegBegun(vendor=vendor):
            return {"did": "vendor", "vendor": vendor}
        case e.VendorLegEnded(leg=leg):
            return {"did": "vendor_done", "vendor": legs[leg].vendor}
        case e.TicketRestored():
            return {"did": "restored"}
        case e.TicketResolved():
            return {"did": "resolved"}
        case e.TicketReopened():
            return {"did": "reopened"}
        case e.ReopenVoided():
            return {"did": "voided"}
        case e.VoidLifted():
            return {"did": "void_lifted"}
        case e.TicketClosed():
            return {"did": "closed"}
        case e.TicketAbsorbed(source=source):
            return {"did": "absorbed", "ticket": source}
        case e.TicketLinked(other=other, relation=relation):
            return {"did": "linked", "ticket": other, "relation": str(relation)}
        case e.LoweringAgreed(priority=priority):
            return {"did": "lowering_agreed", "priority": str(priority)}
        case _:
            return {}
