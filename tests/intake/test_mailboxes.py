"""Whose mail it is, and the command that says so."""

from __future__ import annotations

import pytest

from commondesk.accounts.models import Company
from commondesk.cli import main
from commondesk.core.record.instant import HOUR
from commondesk.desk.models import TicketRow
from commondesk.intake import actions, mailboxes
from commondesk.intake.mailboxes import UnfitMailbox
from commondesk.intake.models import RawMail
from commondesk.ledger.now import instant_now

from .letters import Acme, filed, found_acme, kept, ticket_of, written


def test_a_tag_belongs_to_its_address() -> None:
    assert mailboxes.without_tag(" Support+t-acme-1.xy@ACME.example ") == "support@acme.example"
    assert mailboxes.without_tag("nonsense") == "@nonsense"


def test_an_address_can_be_added_with_its_service(acme: Acme) -> None:
    beta = found_acme("Beta", "beta.example")
    mailboxes.add(beta.uuid, "Printers@Else.example", service="printing")
    row = ticket_of(filed(written(), envelope_to=("printers+x@else.example",)))
    assert (row.company, row.service) == (beta.uuid, "printing")


def test_the_first_address_is_what_a_desk_writes_from(acme: Acme) -> None:
    Company.objects.update(desk_address="")
    mailboxes.add(acme.uuid, "help@acme.example")
    mailboxes.add(acme.uuid, "it@acme.example")
    assert Company.objects.get().desk_address == "help@acme.example"


@pytest.mark.parametrize("address", ["nonsense", "a b@c.example", "help+tag@acme.example"])
def test_an_odd_address_is_refused(acme: Acme, address: str) -> None:
    with pytest.raises(UnfitMailbox):
        mailboxes.add(acme.uuid, address)


def test_an_address_has_one_company(acme: Acme) -> None:
    beta = found_acme("Beta", "beta.example")
    mailboxes.add(acme.uuid, "help@acme.example")
    with pytest.raises(UnfitMailbox, match="another company"):
        mailboxes.add(beta.uuid, "help@acme.example")


def test_adding_an_address_files_what_waited_for_it(
    acme: Acme, capsys: pytest.CaptureFixture[str]
) -> None:
    found_acme("Beta", "beta.example")
    mail = filed(written(), envelope_to=("who@nowhere.example",))
    assert mail.state == "held"
    assert main(["mailbox", "add", "who@nowhere.example", "--company", "beta"]) == 0
    assert "Held mails that are filed now: 1" in capsys.readouterr().out
    actions.file_waiting(instant_now() + HOUR)
    mail.refresh_from_db()
    assert (mail.state, TicketRow.objects.count()) == ("filed", 1)
    assert main(["mailbox", "list"]) == 0
    assert "who@nowhere.example" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mailbox", "add", "a@b.example", "--company", "NONE"]) == 2
    assert "there are: ACME" in capsys.readouterr().err
    assert main(["mailbox", "add", "nonsense", "--company", "ACME"]) == 2


def test_a_shared_mailbox_leaves_open_whose_it_is(acme: Acme) -> None:
    mailboxes.add(None, "help@provider.example")
    assert mailboxes.scopes_of(["Help+x@provider.example"]) == {
        "shared:help@provider.example": None
    }
    both = mailboxes.scopes_of(["help@provider.example", "support@acme.example"])
    assert both == {str(acme.uuid): acme.uuid, "shared:help@provider.example": None}


def test_the_only_company_takes_all_until_a_mailbox_is_shared(acme: Acme) -> None:
    assert mailboxes.scopes_of(["any@thing.example"]) == {str(acme.uuid): acme.uuid}
    mailboxes.add(None, "help@provider.example")
    ((scope, company),) = mailboxes.scopes_of(["any@thing.example"]).items()
    assert (len(scope), company) == (64, None)


def test_the_scope_of_a_long_address_fits(acme: Acme) -> None:
    long = [f"{'x' * 60}{count}@provider.example" for count in range(2)]
    scopes = {mailboxes.scope_of_shared(each) for each in long}
    assert {len(each) for each in scopes} == {64}
    assert len(scopes) == 2


def test_a_shared_mailbox_belongs_to_nobody_alone(acme: Acme) -> None:
    mailboxes.add(None, "help@provider.example")
    with pytest.raises(UnfitMailbox, match="serve many"):
        mailboxes.add(acme.uuid, "help@provider.example")
    with pytest.raises(UnfitMailbox, match="another company"):
        mailboxes.add(None, "support@acme.example")
    assert mailboxes.remove("Help@Provider.example")
    assert not mailboxes.remove("help@provider.example")


def test_adding_a_domain_files_what_waited_for_it(acme: Acme) -> None:
    mailboxes.add(None, "help@provider.example")
    now = instant_now()
    mail = kept(written(), envelope_to=("help@provider.example",))
    other = kept(written(subject="other"), envelope_to=("help@provider.example",))
    RawMail.objects.update(
        state="held", held_as="whose", next_attempt_at=None, sender="bob@beta.example"
    )
    RawMail.objects.filter(pk=other.pk).update(sender="bob@notbeta.example")
    assert mailboxes.claim_held_of_domain(acme.uuid, "Beta.example", at=now) == 1
    mail.refresh_from_db()
    assert (mail.company, mail.state, mail.held_as) == (acme.uuid, "received", "")
    assert mail.scope == "shared:help@provider.example", "the same bytes again are the same mail"
    assert (mail.reason, mail.next_attempt_at) == ("", now)


def test_sharing_an_address_asks_again_whose_mail_it_is(acme: Acme) -> None:
    found_acme("Beta", "beta.example")
    mail = kept(written(), envelope_to=("who@nowhere.example",))
    RawMail.objects.update(state="held", next_attempt_at=None)
    mailboxes.add(None, "who@nowhere.example")
    assert mailboxes.claim_held(None, "who@nowhere.example", at=instant_now()) == 1
    mail.refresh_from_db()
    assert (mail.company, mail.scope) == (None, "shared:who@nowhere.example")
    assert mail.state == "received"
