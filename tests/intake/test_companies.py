"""Further companies, their domains, and mail that is nobody's, by command."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from commondesk import cli
from commondesk.accounts import domains
from commondesk.accounts.models import Company, Domain, Person
from commondesk.accounts.policy import Right, may, viewer_of
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.events import HeldReason
from commondesk.governance.models import CalendarVersion
from commondesk.intake import mailboxes
from commondesk.intake.actions import file_waiting
from commondesk.intake.models import RawMail
from commondesk.ledger import store
from commondesk.ledger.now import instant_now

from .holding import names, on_hold
from .letters import Acme, found_acme

WORDS = "a long and quiet word"


def commondesk(*line: str) -> int:
    return cli.main(list(line))


def add_bolt(folder: Path, *more: str) -> int:
    secret = folder / "secret"
    secret.write_text(f"{WORDS}\nnot this line\n")
    return commondesk(
        "company", "add", "--title", "Bolt Works", "--prefix", "bolt", "--zone", "Europe/Berlin",
        "--owner-name", "Bea Boss", "--owner-address", "bea@bolt.example",
        "--password-file", str(secret), *more,
    )  # fmt: skip


# ---- companies ----------------------------------------------------------------------------


def test_a_further_company_is_founded_like_the_first(
    acme: Acme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add_bolt(tmp_path, "--language", "de") == 0
    said = capsys.readouterr().out
    assert "Bolt Works is founded" in said and WORDS not in said
    assert "mail to an address that none of them owns is held" in said
    company = Company.objects.get(prefix="BOLT")
    assert (company.country, company.language) == ("DE", "de")
    assert company.desk_address == "support@bolt.example"
    owner = Person.objects.get(address="bea@bolt.example")
    assert owner.check_password(WORDS)
    assert may(viewer_of(owner, company), Right.EDIT_CHARTER)
    assert viewer_of(owner, acme.company) is None
    told = [event.name for event in store.history(company.uuid, COMPANY_STREAM)]
    assert told[:4] == ["company.founded", "team.formed", "team.formed", "person.introduced"]
    assert "charter.drafted" in told
    assert CalendarVersion.objects.filter(company=company.uuid).exists()


def test_companies_are_listed(
    acme: Acme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_bolt(tmp_path)
    commondesk("domain", "add", "bolt.example", "--company", "bolt")
    capsys.readouterr()
    assert commondesk("company", "list") == 0
    listed = capsys.readouterr().out
    assert "ACME     Acme\n" in listed and "Europe/London GB en; support@acme.example" in listed
    assert "BOLT     Bolt Works\n" in listed and "mail from bolt.example" in listed


def test_somebody_who_signs_in_here_already_keeps_the_password(acme: Acme) -> None:
    before = Person.objects.get(pk=acme.founder.pk).password
    line = (
        "company", "add", "--title", "Bolt Works", "--zone", "UTC",
        "--owner-address", "Fiona@acme.example",
    )  # fmt: skip
    assert commondesk(*line) == 0
    company = Company.objects.get(title="Bolt Works")
    person = Person.objects.get(pk=acme.founder.pk)
    assert person.password == before
    assert may(viewer_of(person, company), Right.EDIT_CHARTER)
    # The usual address at the founder's domain is Acme's.
    assert company.desk_address == "" and company.prefix == "BOLTWO"


def test_an_owner_without_a_password_gets_a_link_to_choose_one(
    acme: Acme, capsys: pytest.CaptureFixture[str]
) -> None:
    line = (
        "company", "add", "--title", "Bolt", "--zone", "UTC", "--owner-name", "Bea",
        "--owner-address", "bea@bolt.example",
    )  # fmt: skip
    assert commondesk(*line) == 0
    link = capsys.readouterr().out.strip().splitlines()[-2]
    place = link[link.index("/invited/") :]
    client = Client()
    assert "Bea" in client.get(place).content.decode()
    assert client.post(place, {"password": WORDS}).status_code == 302
    owner = Person.objects.get(address="bea@bolt.example")
    assert owner.check_password(WORDS)
    assert may(viewer_of(owner, Company.objects.get(title="Bolt")), Right.EDIT_CHARTER)
    assert client.get(place).status_code == 410


def test_a_password_comes_from_the_standard_input_too(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{WORDS}\n"))
    line = (
        "company", "add", "--title", "Bolt", "--zone", "UTC", "--owner-name", "Bea",
        "--owner-address", "bea@bolt.example", "--password-file", "-",
    )  # fmt: skip
    assert commondesk(*line) == 0
    assert Person.objects.get(address="bea@bolt.example").check_password(WORDS)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--prefix", "ACME"), "--prefix: Another company has the prefix ACME."),
        (("--prefix", "1A"), "--prefix: A prefix is"),
        (("--prefix", "TOOLONG"), "--prefix: A prefix is"),
        (("--zone", "Mars/Base"), "--zone: Choose a place"),
        (("--country", "Germany"), "--country: Give a country"),
        (("--language", "xx"), "--language: mails are written in"),
        (("--desk-address", "support@acme.example"), "--desk-address: Give a mail address"),
        (("--desk-address", "nonsense"), "--desk-address: Give a mail address"),
        (("--desk-address", "box@acme.example"), "--desk-address: box@acme.example is a mailbox"),
        (("--owner-address", "fiona@acme.example"), "--owner-address: This address is known"),
        (("--password-file", "missing"), "--password-file: "),
        (("--title", " "), "--title: Give the company's name."),
    ],
)
def test_what_does_not_fit_is_told_and_founds_nothing(
    acme: Acme,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, str],
    said: str,
) -> None:
    mailboxes.add(acme.uuid, "box@acme.example")
    assert add_bolt(tmp_path, *more) == 2
    assert said in capsys.readouterr().err
    assert Company.objects.count() == 1


# ---- domains ------------------------------------------------------------------------------


def test_a_domain_stands_for_one_company(
    acme: Acme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_bolt(tmp_path)
    assert commondesk("domain", "add", "@Acme.Example.", "--company", "acme") == 0
    assert commondesk("domain", "add", "acme.example", "--company", "acme") == 0
    assert commondesk("domain", "add", "acme.example", "--company", "bolt") == 2
    assert "acme.example belongs to Acme already" in capsys.readouterr().err
    commondesk("domain", "list")
    assert capsys.readouterr().out.split() == ["acme.example", "ACME"]
    assert commondesk("domain", "remove", "acme.example") == 0
    assert commondesk("domain", "remove", "acme.example") == 2
    assert not Domain.objects.exists()


@pytest.mark.parametrize(
    "name", ["gmail.com", "GMX.de", "@web.de", "outlook.com", "yahoo.co.uk", "qq.com"]
)
def test_public_providers_are_nobodys_domain(
    acme: Acme, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert commondesk("domain", "add", name, "--company", "ACME") == 2
    assert "is a public mail provider" in capsys.readouterr().err
    assert not Domain.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["", "com", "a b.example", "a-.example", "10.0.0.1", "a..example", "x" * 64 + ".example"],
)
def test_what_is_no_domain_is_refused(
    acme: Acme, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert commondesk("domain", "add", name, "--company", "ACME") == 2
    assert "is no mail domain" in capsys.readouterr().err


def test_a_name_in_other_letters_is_kept_as_servers_write_it(acme: Acme) -> None:
    assert domains.add(acme.company, "bücher.example").name == "xn--bcher-kva.example"


def test_adding_a_domain_files_what_waited_for_it(acme: Acme, tmp_path: Path) -> None:
    add_bolt(tmp_path)
    mailboxes.add(None, "help@shared.example")
    mail = on_hold(acme, HeldReason.WHOSE, sender="x@corp.example", to=("help@shared.example",))
    assert commondesk("domain", "add", "corp.example", "--company", "ACME") == 0
    file_waiting(instant_now() + 1_000_000)
    mail.refresh_from_db()
    assert mail.company == acme.uuid and mail.state == "filed"


# ---- mail that is nobody's ----------------------------------------------------------------


@pytest.fixture
def lost(acme: Acme) -> RawMail:
    found_acme("Bolt Works", "bolt.example")
    return on_hold(acme, HeldReason.WHOSE, to=("who@knows.example",), subject="Odd \x1b[2J subject")


def test_lost_mail_is_listed_without_control_characters(
    lost: RawMail, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commondesk("mail-held", "list") == 0
    listed = capsys.readouterr().out
    assert f"{lost.pk:>6}" in listed and "who@knows.example" in listed
    assert "\x1b" not in listed


def test_lost_mail_is_given_to_a_company(
    acme: Acme, lost: RawMail, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("mail-held", "give", str(lost.pk), "--company", "ACME", "--always", "address")
    assert commondesk(*line) == 0
    file_waiting(instant_now() + 1_000_000)
    lost.refresh_from_db()
    assert lost.company == acme.uuid and lost.state == "filed"
    assert names(acme.uuid) == ["mail.held", "mail.settled"]
    assert commondesk(*line) == 2
    assert "no mail" in capsys.readouterr().err


def test_lost_mail_is_discarded(lost: RawMail, settings: Settings) -> None:
    assert commondesk("mail-held", "discard", str(lost.pk)) == 0
    lost.refresh_from_db()
    assert lost.settled_as == "discarded"
    assert (Path(settings.DATA) / lost.path).exists()
    assert commondesk("mail-held", "discard", str(lost.pk)) == 2
    assert commondesk("mail-held", "give", "999999", "--company", "ACME") == 2
