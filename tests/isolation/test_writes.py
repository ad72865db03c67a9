"""TEN-02: one foreign id in what is sent refuses the whole, as an id that nothing has does."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.desk.models import TicketRow
from commondesk.ledger.models import Entry

from .world import House, unknown

STEPS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    # verb: the field that names something, what it names, and what else is filled in
    "merge": ("number", "number", {}),
    "link": ("number", "number", {"relation": "related"}),
    "undo-merge": ("other", "ticket", {}),
    "unlink": ("other", "ticket", {"relation": "related"}),
    "split": ("message", "message", {}),
    "remove-copy": ("person", "person", {}),
    "offer": ("to", "agent", {"reason": "please"}),
    "route": ("to", "agent", {}),
    "call-on": ("to", "agent", {"reason": "please"}),
}
OF_PEOPLE = ("offer", "route", "call-on")


@pytest.mark.parametrize("verb", STEPS)
def test_a_step_that_names_something_of_another_company(
    verb: str, acme: House, bolt: House
) -> None:
    client = Client()
    client.force_login(acme.people["provider's agent"])
    field, kind, more = STEPS[verb]
    seen = tried(client, acme, verb, field, bolt.ids[kind], more)
    nowhere = tried(client, acme, verb, field, unknown(kind), more)
    assert seen == nowhere
    assert seen[:3] in ("404", "409", "422"), seen[:300]


def tried(
    client: Client, acme: House, verb: str, field: str, given: str, more: Mapping[str, str]
) -> str:
    """What is answered, without the id, the instant it was answered at and what differs each time.

    Nothing is on record after.
    """
    row = TicketRow.objects.get(uuid=acme.tickets[0])
    value = f"person:{given}" if verb in OF_PEOPLE else given
    before = Entry.objects.count()
    response = client.post(
        reverse("desk:step", args=[acme.prefix, row.number, verb]),
        {"position": str(row.position), field: value, **more},
    )
    assert Entry.objects.count() == before
    assert TicketRow.objects.get(uuid=row.uuid).position == row.position
    text = f"{response.status_code} {response.content.decode()}".replace(given, "ID")
    text = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", text)
    # A target that stands still moves on with the minute.
    return re.sub(r"\b[A-Z][a-z]{2} \d\d:\d\d\b", "DAY HH:MM", text)
