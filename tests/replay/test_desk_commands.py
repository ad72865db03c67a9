"""`commondesk replay`, and a record that comes to an empty desk."""

from __future__ import annotations

import pytest
from django.db.models import Model

from commondesk.accounts import directory
from commondesk.accounts.models import Company, Membership, Person, Team
from commondesk.cli import main
from commondesk.core.record.events import Proof
from commondesk.desk import actions, suppression
from commondesk.desk.models import MessageRow, NumberCounter, SuppressedAddress, TicketRow
from commondesk.governance.models import CalendarVersion, CharterVersion
from commondesk.intake.held import actions as held
from commondesk.intake.models import BlockedSender
from tests.desk.cast import MONDAY, Cast


def test_check_tells_differences_and_replay_removes_them(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    cast.open()
    assert main(["replay", "--check"]) == 0
    assert "ACMEPR: equal to the record" in capsys.readouterr().out
    TicketRow.objects.update(subject="Something else")
    assert main(["replay", "--check", "--company", "ACMEPR"]) == 1
    assert "ticket 1001: subject is 'Something else'" in capsys.readouterr().out
    assert main(["replay", "--company", "acmepr"]) == 0
    assert "1 tickets made anew" in capsys.readouterr().out
    assert main(["replay", "--check"]) == 0


def test_what_was_decided_about_mail_is_made_anew(cast: Cast) -> None:
    ada = cast.actor(cast.agent)
    directory.prove(cast.uuid, cast.requester, Proof.MAIL, at=MONDAY + 1, happened_at=MONDAY)
    suppression.suppress(cast.uuid, "gone@acme.example", "5.1.1 no such user", at=MONDAY, actor=ada)
    held.block_sender(cast.uuid, "spam@elsewhere.example", at=MONDAY, actor=ada)
    suppressed = SuppressedAddress.objects.values("address", "words", "reason", "since").get()
    for model in (SuppressedAddress, BlockedSender):
        model._default_manager.all().delete()
    proven = Membership.objects.filter(person=cast.requester)
    proven.update(proven_at=None)
    assert main(["replay"]) == 0
    assert SuppressedAddress.objects.values(*suppressed).get() == suppressed
    assert BlockedSender.objects.get().address == "spam@elsewhere.example"
    assert proven.get().proven_at == MONDAY


def test_an_unknown_company_is_told(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--company", "NOPE"]) == 2
    assert "ACMEPR" in capsys.readouterr().err


def test_a_record_alone_makes_a_whole_desk(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, MONDAY + 1)
    before = TicketRow.objects.values().get(uuid=ticket)
    forgotten: tuple[type[Model], ...] = (
        *(MessageRow, TicketRow, NumberCounter, CharterVersion, CalendarVersion),
        *(Membership, Team, Company, Person),
    )
    for model in forgotten:
        model._default_manager.all().delete()
    assert main(["replay"]) == 0
    assert TicketRow.objects.values().get(uuid=ticket) == before
    assert main(["replay", "--check"]) == 0
    cast.company = Company.objects.get(uuid=cast.uuid)
    cast.agent = Person.objects.get(uuid=cast.agent.uuid)
    cast.requester = Person.objects.get(uuid=cast.requester.uuid)
    cast.does(cast.agent, ticket, actions.resolve, MONDAY + 2)()
    assert cast.row(cast.open()).number == 1002
