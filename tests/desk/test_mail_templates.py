"""The words of the desk's mails: complete in every language, and a company's own instead."""

from __future__ import annotations

import re
from email.parser import BytesParser
from email.policy import default
from html import unescape
from pathlib import Path

import pytest

from commondesk.accounts.models import Company, Person
from commondesk.cli import main
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.events import TemplateWritten
from commondesk.core.record.instant import HOUR, instant_of
from commondesk.desk import notify, wordings
from commondesk.desk.models import MailTemplate, OutgoingMail, TicketRow
from commondesk.desk.wordings import shipped
from commondesk.desk.wordings.filling import filled, gaps_of
from commondesk.ledger import store, words

from .test_outbox import MONDAY, Cast, cast  # noqa: F401 - a fixture

MACHINE = Actor("test", Side.MACHINE)
NOTICES = [name for name in wordings.PLACEHOLDERS if name not in ("message", "acknowledgement")]
VALUES = {
    "person": "Ben Agent",
    "team": "First line",
    "share": "75",
    "clock": "resolution",
    "words": "It still burns.",
}


def parts(mail: OutgoingMail) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail."""
    parsed = BytesParser(policy=default).parsebytes(bytes(mail.content))
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(parsed["Subject"]), text.get_content(), html.get_content()


def said(text: str) -> list[str]:
    """The words alone, in order."""
    return [word for word in text.split() if word != "--"]


def read_as_text(html: str) -> str:
    body = html.partition("<body")[2].partition(">")[2]
    return unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ")


# ---- every language -----------------------------------------------------------------------


@pytest.mark.parametrize("code", wordings.LANGUAGES)
def test_every_language_has_every_template_and_every_word(code: str) -> None:
    spoken = wordings.language(code)
    english = wordings.language("en")
    assert set(spoken.templates) == set(wordings.PLACEHOLDERS)
    assert set(spoken.next) == set(english.next)
    assert set(spoken.clocks) == set(english.clocks)
    assert set(spoken.below) == set(english.below)
    assert len(spoken.days) == 7
    assert len(spoken.months) == 12
    assert all(isinstance(each, str) and each for each in (*spoken.days, *spoken.months))
    for name, wording in spoken.templates.items():
        assert bool(wording.subject) == (name != "message")
        assert set(gaps_of(wording.text)) == set(gaps_of(english.templates[name].text)), name
        if code != "en":
            assert wording.text != english.templates[name].text, name


@pytest.mark.parametrize("code", wordings.LANGUAGES)
def test_every_notice_in_every_language_says_the_same_twice(cast: Cast, code: str) -> None:  # noqa: F811
    Person.objects.filter(pk=cast.agent.pk).update(language=code)
    cast.agent.refresh_from_db()
    row = TicketRow.objects.get(uuid=cast.ticket)
    row.due_at, row.due_clock = MONDAY + HOUR, "resolution"
    for template in NOTICES:
        say_the_same_twice(cast, row, code, template)


def say_the_same_twice(cast: Cast, row: TicketRow, code: str, template: str) -> None:  # noqa: F811
    mail = notify.queue_notice(
        cast.company.uuid, row, cast.agent, template, at=MONDAY, values=VALUES
    )
    assert mail is not None
    subject, text, html = parts(mail)
    for part in (subject, text, html.partition("<body")[2]):
        assert not re.search(r"\{[a-z_]*\}", part)
    assert said(text) == said(read_as_text(html))
    assert subject.startswith("[ACME-1001] ")
    assert "ACME-1001" in text or template == "many"
    assert f'<html lang="{code}">' in html
    used = gaps_of(shipped.language(code).templates[template].text)
    for gap, value in VALUES.items():
        if gap in used and gap != "clock":
            assert value in text, gap
    if "link" in used:
        link = "http://127.0.0.1:8000/c/ACME/tickets/1001/"
        assert f'<a href="{link}">{link}</a>' in html
        assert html.count("href") == 1


@pytest.mark.parametrize("code", wordings.LANGUAGES)
def test_messages_and_acknowledgements_in_every_language(cast: Cast, code: str) -> None:  # noqa: F811
    Person.objects.filter(pk=cast.requester.pk).update(language=code)
    row = TicketRow.objects.get(uuid=cast.ticket)
    row.due_at, row.due_clock = MONDAY + HOUR, "response"
    for clock in ("response", "resolution", ""):
        row.due_clock = clock
        text = notify.acknowledgement_text(row)
        assert "ACME-1001" in text
        assert "{" not in text
        assert ("10:00" in text) == bool(clock)
        assert "printer" not in text
        assert "Rita" not in text
    _, text, html = parts(cast.reply("Grüße {number} <b>"))
    assert "Grüße {number} <b>" in text
    assert "Grüße {number} &lt;b&gt;" in html
    assert said(text) == said(read_as_text(html))
    assert "Ben Agent · " in text


def test_the_language_is_the_persons_then_the_companys_then_english(cast: Cast) -> None:  # noqa: F811
    def spoken() -> str:
        found = re.search(r'<html lang="(..)">', parts(cast.reply())[2])
        return found[1] if found else ""

    assert spoken() == "en"
    Company.objects.filter(pk=cast.company.pk).update(language="fr")
    assert spoken() == "fr"
    Person.objects.filter(pk=cast.requester.pk).update(language="de")
    assert spoken() == "de"
    Person.objects.filter(pk=cast.requester.pk).update(language="tlh"[:2])
    assert spoken() == "fr"
    Company.objects.filter(pk=cast.company.pk).update(language="xx")
    assert spoken() == "en"


def test_a_day_in_words() -> None:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    at = instant_of(datetime(2025, 3, 11, 10, 1, tzinfo=UTC))
    zone = ZoneInfo("Europe/Berlin")
    assert shipped.language("en").instant_words(at, zone) == "Tue 11 Mar 2025 11:01 (Europe/Berlin)"
    assert shipped.language("de").instant_words(at, zone) == (
        "Di, 11. März 2025, 11:01 Uhr (Europe/Berlin)"
    )


# ---- gaps ---------------------------------------------------------------------------------


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    values = {"subject": "{link} {unknown} {subject}", "link": "secret"}
    assert filled("About {subject}", values) == "About {link} {unknown} {subject}"


def test_a_line_whose_gaps_stay_empty_goes() -> None:
    text = "One\n\nDue: {due}\nFrom: {person}\n\n{link}\n\nend"
    assert filled(text, {"person": "Ada"}) == "One\n\nFrom: Ada\n\nend"


def test_a_notice_that_nobody_knows_is_refused(cast: Cast) -> None:  # noqa: F811
    row = TicketRow.objects.get(uuid=cast.ticket)
    for name in ("nonsense", "message", "acknowledgement"):
        with pytest.raises(wordings.UnknownTemplate, match=name):
            notify.queue_notice(cast.company.uuid, row, cast.agent, name, at=MONDAY)


# ---- a company's own words ----------------------------------------------------------------


def write(cast: Cast, text: str, subject: str = "", template: str = "acknowledgement") -> None:  # noqa: F811
    wordings.write(
        cast.company.uuid, template, "en", subject=subject, text=text, at=MONDAY, actor=MACHINE
    )


def acknowledgement(cast: Cast) -> str:  # noqa: F811
    return notify.acknowledgement_text(TicketRow.objects.get(uuid=cast.ticket))


def test_a_company_words_its_own_and_goes_back(cast: Cast) -> None:  # noqa: F811
    write(cast, "Hello from {company}: {number}.")
    assert acknowledgement(cast) == "Hello from Acme: ACME-1001."
    assert store.history(cast.company.uuid, COMPANY_STREAM)[-1].name == "template.written"
    assert wordings.reset(
        cast.company.uuid, "acknowledgement", "en", at=MONDAY + HOUR, actor=MACHINE
    )
    assert "What happens next" in acknowledgement(cast)
    assert not wordings.reset(
        cast.company.uuid, "acknowledgement", "en", at=MONDAY + HOUR, actor=MACHINE
    )


def test_a_replay_finds_the_same_words(cast: Cast) -> None:  # noqa: F811
    write(cast, "First {number}", "One")
    write(cast, "Second {number}", "Two")
    write(cast, "", "{number} is new for you", template="assigned")
    before = wordings.own_wordings(cast.company.uuid)
    MailTemplate.objects.all().delete()
    assert wordings.rebuild(cast.company.uuid) == 2
    assert wordings.own_wordings(cast.company.uuid) == before
    assert before[("acknowledgement", "en")] == wordings.Wording("Two", "Second {number}")


def test_erased_words_are_the_shipped_ones_again(cast: Cast) -> None:  # noqa: F811
    write(cast, "Call Ben at home: {number}")
    body = store.history(cast.company.uuid, COMPANY_STREAM)[-1].body
    assert isinstance(body, TemplateWritten)
    assert body.text is not None
    words.erase(cast.company.uuid, [body.text.id], ground="a wish", actor=MACHINE, at=MONDAY + HOUR)
    wordings.forget(cast.company.uuid, [body.text.id])
    assert not MailTemplate.objects.exists()
    assert "What happens next" in acknowledgement(cast)


def test_an_acknowledgement_can_not_be_made_to_repeat_the_sender(cast: Cast) -> None:  # noqa: F811
    for gap in ("subject", "person", "requester", "words"):
        with pytest.raises(wordings.UnfitWording, match=gap):
            write(cast, f"Hello\n{{{gap}}}")
    assert not MailTemplate.objects.exists()


# ---- the command --------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words_: str) -> tuple[int, str]:
    code = main(["mail-template", *words_])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_the_command_shows_sets_and_resets(
    cast: Cast,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    file = tmp_path / "words.txt"
    asked = ("acknowledgement", "--company", "acme", "--language", "de")
    code, shown = run(capsys, "show", *asked)
    assert code == 0
    assert shown.startswith("Subject: Ihre Anfrage ist bei uns\n\nVielen Dank.")
    file.write_text(shown.replace("Vielen Dank", "Danke sehr"))
    assert run(capsys, "set", *asked, "--file", str(file))[0] == 0
    assert run(capsys, "show", *asked) == (0, shown.replace("Vielen Dank", "Danke sehr"))
    assert (
        "acknowledgement    own" in run(capsys, "list", "--company", "ACME", "--language", "de")[1]
    )
    assert run(capsys, "reset", *asked)[0] == 0
    assert run(capsys, "show", *asked) == (0, shown)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Subject: Hi\n\nyour {number}\nis {nmae}\n", "line 4: {nmae} is no placeholder here"),
        ("your {subject}\n", "line 1: {subject} is no placeholder here"),
        ("Subject: {person}\n\nx", "line 1: {person} is no placeholder here"),
        ("\n\n", "write a subject or a text"),
        ("x" * 20_000, "at most"),
    ],
)
def test_the_command_names_what_is_wrong_and_where(
    cast: Cast,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    content: str,
    expected: str,
) -> None:
    file = tmp_path / "words.txt"
    file.write_text(content)
    code, told = run(capsys, "set", "acknowledgement", "--company", "ACME", "--file", str(file))
    assert code == 2
    assert expected in told
    assert not MailTemplate.objects.exists()


def test_the_command_knows_its_companies_templates_and_languages(
    cast: Cast,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(capsys, "show", "assigned", "--company", "NOPE")[1].count("ACME") == 1
    assert "acknowledgement" in run(capsys, "show", "nonsense", "--company", "ACME")[1]
    told = run(capsys, "show", "assigned", "--company", "ACME", "--language", "xx")
    assert told[0] == 2
    assert "en, de, fr" in told[1]
