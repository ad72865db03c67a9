"""Letters to people: worded by us, safe against headers, sent like any mail, tied to no ticket."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from pytest_django import Settings

from commondesk.accounts import letters
from commondesk.accounts.models import Company
from commondesk.core.record.instant import DAY, HOUR, MINUTE, parse_instant
from commondesk.desk import outbox
from commondesk.desk.mail.line import Answer, Dropped, Line, Outcome
from commondesk.desk.models import NOTHING, OutgoingMail, SuppressedAddress
from commondesk.ledger.models import Entry
from tests.desk.cast import Cast

AT = parse_instant("2025-03-10T09:00:00Z")


def posted() -> EmailMessage:
    mail = message_from_bytes(
        bytes(OutgoingMail.objects.latest("id").content), policy=policy.default
    )
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def invite(settings: Settings, cast: Cast, **changed: str) -> EmailMessage:
    values = {
        "company": cast.company.title,
        "person": "Fiona Founder",
        "role": "agent",
        "days": "3",
        "link": f"{settings.ORIGIN}/join/abc/",
    } | changed
    letters.post(
        address="new@provider.example",
        template="invitation",
        values=values,
        company=cast.company.uuid,
        at=AT,
    )
    return posted()


def test_a_letter_waits_in_the_outbox_from_the_companys_desk(
    settings: Settings, cast: Cast
) -> None:
    mail = invite(settings, cast)
    row = OutgoingMail.objects.get()
    assert (row.kind, row.ticket, row.company) == ("letter", NOTHING, cast.company.uuid)
    assert row.envelope_to == ["new@provider.example"]
    assert row.mail_from == cast.company.desk_address
    assert mail["Message-ID"] == row.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert f"{settings.ORIGIN}/join/abc/" in text_of(mail).splitlines()
    html = mail.get_body(("html",))
    assert html is not None
    assert f'<a href="{settings.ORIGIN}/join/abc/">' in html.get_content()


def test_what_people_wrote_becomes_no_header_and_no_line(settings: Settings, cast: Cast) -> None:
    mail = invite(settings, cast, person="Eve\r\nBcc: all@acme.example\n\nClick {link}\u2028x")
    assert mail["Bcc"] is None
    assert mail.get_all("To") == ["new@provider.example"]
    assert "Click {link}" in str(mail["Subject"])
    assert not any(line.startswith(("Bcc", "Click")) for line in text_of(mail).splitlines())


def test_a_letter_links_to_this_site_alone(settings: Settings, cast: Cast) -> None:
    for foreign in ("https://evil.example/", f"{settings.ORIGIN}.evil.example/", "javascript:1"):
        with pytest.raises(ValueError, match="this site"):
            invite(settings, cast, link=foreign)
    assert not OutgoingMail.objects.exists()


def test_an_unknown_letter_or_gap_is_refused(settings: Settings, cast: Cast) -> None:
    with pytest.raises(ValueError, match="no letter"):
        letters.post(address="a@b.example", template="gift", values={}, at=AT)
    with pytest.raises(ValueError, match="no gap for horse"):
        invite(settings, cast, horse="white")


def test_an_address_that_is_none_gets_nothing(cast: Cast) -> None:
    odd = "a@b.example,c@d.example"
    letters.post(address=odd, template="password_changed", values={}, at=AT)
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("template", letters.PLACEHOLDERS)
@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_every_letter_is_written_in_every_language(
    settings: Settings, cast: Cast, template: str, language: str
) -> None:
    told = {name: f"<{name}>" for name in letters.PLACEHOLDERS[template] - {"desk", "link"}}
    told["link"] = f"{settings.ORIGIN}/x/"
    letters.post(address="a@b.example", template=template, values=told, language=language, at=AT)
    mail = posted()
    text = str(mail["Subject"]) + text_of(mail)
    assert all(value in text for name, value in told.items() if name != "link")
    assert "{" not in text
    other = next(each for each in letters.LANGUAGES if each != language)
    assert (
        letters.wordings_of(other).letters[template]
        != letters.wordings_of(language).letters[template]
    )


def test_the_reader_s_language_comes_before_the_company_s(cast: Cast) -> None:
    Company.objects.filter(pk=cast.company.pk).update(language="fr")
    for language, subject in (("", "Votre mot"), ("en", "Your pass"), ("ja", "Votre mot")):
        letters.post(
            address="a@b.example",
            template="password_changed",
            values={},
            language=language,
            company=cast.company.uuid,
            at=AT,
        )
        assert str(posted()["Subject"]).startswith(subject)


@pytest.mark.django_db
def test_before_there_is_a_company_a_letter_has_a_sender_all_the_same() -> None:
    letters.post(address="a@b.example", template="password_changed", values={}, at=AT)
    assert posted()["From"].addresses[0].addr_spec.startswith("support@")


# ---- sending ------------------------------------------------------------------------------


class Server:
    """The next mail server, which answers as it was told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        self.says: list[Outcome | Dropped] = []
        self.taken: list[str] = []
        settings.EMAIL_HOST = "mail.example.net"
        outbox._rests.clear()
        monkeypatch.setattr(Line, "send", lambda line, *mail: self.answer(*mail))

    def answer(self, _mail_from: str, to: list[str], _content: bytes) -> Outcome:
        said = self.says.pop(0) if self.says else Outcome(taken=tuple(to))
        if isinstance(said, Dropped):
            raise said
        self.taken += said.taken
        return said


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Server:
    return Server(monkeypatch, settings)


def test_a_letter_is_sent_and_leaves_no_event(
    settings: Settings, cast: Cast, server: Server
) -> None:
    events = Entry.objects.count()
    invite(settings, cast)
    assert outbox.send_due(AT, clock=lambda: AT) == 1
    row = OutgoingMail.objects.get()
    assert (row.state, bytes(row.content)) == ("sent", b"")
    assert server.taken == ["new@provider.example"]
    assert Entry.objects.count() == events


def test_a_letter_is_tried_again_and_given_up_after_days(
    settings: Settings, cast: Cast, server: Server
) -> None:
    invite(settings, cast)
    server.says = [Dropped("421 later"), Dropped("421 later"), Dropped("421 later")]
    assert outbox.send_due(AT, clock=lambda: AT) == 0
    row = OutgoingMail.objects.get()
    assert (row.state, row.last_error) == ("queued", "421 later")
    assert AT < row.next_attempt_at < AT + MINUTE
    assert outbox.send_due(AT + HOUR, clock=lambda: AT + HOUR) == 0
    assert outbox.send_due(AT + 6 * DAY, clock=lambda: AT + 6 * DAY) == 0
    assert OutgoingMail.objects.get().state == "failed"


def test_a_letter_about_no_company_that_is_refused_touches_no_record(
    cast: Cast, server: Server
) -> None:
    events = Entry.objects.count()
    letters.post(address="gone@b.example", template="password_changed", values={}, at=AT)
    refusal = Answer("550 5.1.1 no such user", is_final=True, is_about_them=True)
    server.says = [Outcome(refused={"gone@b.example": refusal})]
    assert outbox.send_due(AT, clock=lambda: AT) == 0
    assert OutgoingMail.objects.get().state == "failed"
    assert Entry.objects.count() == events
    assert not SuppressedAddress.objects.exists()


def test_without_a_mail_server_letters_wait(settings: Settings, cast: Cast) -> None:
    settings.EMAIL_HOST = ""
    invite(settings, cast)
    assert not letters.is_sendable()
    assert outbox.send_due(AT, clock=lambda: AT) == 0
    assert OutgoingMail.objects.get().state == "queued"
