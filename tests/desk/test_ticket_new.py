"""Opening a ticket on a page: for a caller, and for oneself."""

from __future__ import annotations

import pytest
from django.urls import reverse

from commondesk.core.record.instant import HOUR, MINUTE
from commondesk.desk.models import TicketRow
from commondesk.ledger.now import instant_now
from tests.desk.cast import Cast
from tests.desk.pages import signed_in

OWN = {"kind": "request", "subject": "A second screen", "text": "For the drawing office."}


def url(cast: Cast, name: str) -> str:
    return reverse(f"desk:{name}", args=[cast.company.prefix])


def found(cast: Cast, typed: str) -> str:
    answer = signed_in(cast.agent).get(url(cast, "callers"), {"requester_name": typed})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_caller_is_found_while_typing_with_what_is_open(cast: Cast) -> None:
    cast.open(instant_now() - HOUR, subject="Press <4> stands still")
    for typed in ("paul", "PRESS", "paul@acme", "ul Pr"):
        page = found(cast, typed)
        assert 'data-address="paul@acme.example"' in page, typed
        assert f"{cast.company.prefix}-1001 Press &lt;4&gt; stands still" in page
    assert "Carla League" in found(cast, "carla") and "Already open" not in found(cast, "carla")


@pytest.mark.parametrize("typed", ["%", "__", "!%", "p", "", "   ", "Otto", "otto@other"])
def test_nobody_is_found_by_signs_or_in_another_company(cast: Cast, typed: str) -> None:
    assert "data-caller" not in found(cast, typed)


def test_only_those_who_work_tickets_may_look_for_people(cast: Cast) -> None:
    for who in (cast.requester, cast.outsider):
        for name in ("callers", "priority"):
            answer = signed_in(who).get(url(cast, name), {"requester_name": "carla"})
            assert answer.status_code == 404


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"spread": "1", "urgency": "1"}, "P1"),
        ({"spread": "4", "urgency": "4"}, "P4"),
        ({"spread": "4"}, ""),
        ({"spread": "9", "urgency": "x"}, ""),
        ({"spread": "١", "urgency": "1"}, ""),
    ],
)
def test_the_priority_is_shown_before_saving(cast: Cast, given: dict[str, str], said: str) -> None:
    page = signed_in(cast.agent).get(url(cast, "priority"), given).content.decode()
    assert (f">{said}</b>" in page) if said else not page.strip()


def test_what_is_shown_is_what_it_becomes(cast: Cast) -> None:
    given = {
        "requester_name": "Paul Press",
        "requester_address": "paul@acme.example",
        "channel": "walk_in",
        "opening": "live",
        "kind": "alert",
        "subject": "Smoke",
        "text": "In hall two.",
        "spread": "2",
        "urgency": "2",
        "service": "",
        "site": "",
        "item": "",
    }
    client = signed_in(cast.agent)
    preview = client.get(url(cast, "priority"), given).content.decode()
    assert client.post(url(cast, "new-ticket"), given).status_code == 302
    row = TicketRow.objects.get()
    assert f">{row.priority}</b>" in preview
    assert (row.channel, row.kind, row.owner) == ("walk_in", "alert", None)
    assert row.requester == cast.requester.uuid


def test_requesters_open_for_themselves_with_three_fields(cast: Cast) -> None:
    client = signed_in(cast.requester)
    page = client.get(url(cast, "new-ticket")).content.decode()
    assert "Ask the desk" in page and "requester_name" not in page
    asked = OWN | {"requester_name": "Carla", "requester_address": "carla@acme.example"}
    assert client.post(url(cast, "new-ticket"), asked).status_code == 302
    row = TicketRow.objects.get()
    assert (row.requester, row.channel, row.kind) == (cast.requester.uuid, "portal", "request")
    assert row.opened_at > instant_now() - MINUTE


@pytest.mark.parametrize("missing", ["subject", "text"])
def test_what_is_missing_is_said_and_the_rest_kept(cast: Cast, missing: str) -> None:
    answer = signed_in(cast.requester).post(url(cast, "new-ticket"), OWN | {missing: " "})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Fill this in." in page
    kept = OWN["text"] if missing == "subject" else OWN["subject"]
    assert kept in page
    assert not TicketRow.objects.exists()


def test_strangers_open_nothing(cast: Cast) -> None:
    answer = signed_in(cast.outsider).post(url(cast, "new-ticket"), OWN)
    assert answer.status_code == 404
    assert not TicketRow.objects.exists()
