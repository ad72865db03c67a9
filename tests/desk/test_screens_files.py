"""Files on replies, questions, answers and new tickets: how many, how large, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from commondesk.accounts.models import Person
from commondesk.core.record.instant import MINUTE
from commondesk.desk import uploads
from commondesk.desk.models import OutgoingMail, TicketRow
from commondesk.ledger import words
from tests.desk.cast import MONDAY, Cast
from tests.desk.test_screens import page_of, press, signed_in, ticket_url, url

EVERYONE = {"to": "everyone", "written_for": "everyone"}


def file(name: str = "plan.pdf", content: bytes = b"%PDF plan") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def content_of(cast: Cast, attachment: dict[str, Any]) -> bytes:
    with words.open_file(str(attachment["id"]), company=cast.uuid) as opened:
        return opened.read()


def files_of(cast: Cast, ticket: UUID) -> list[dict[str, Any]]:
    return [each for message in cast.messages(ticket) for each in message.attachments]


@pytest.mark.parametrize("then", ["send", "ask", "resolve"])
def test_a_reply_takes_files_along(cast: Cast, then: str) -> None:
    ticket = cast.open()
    given = {
        "text": "See the plan.",
        "then": then,
        "attachments": [file(), file("two.txt", b"two")],
    }
    assert press(cast, cast.agent, ticket, "write", **EVERYONE, **given).status_code == 302
    kept = files_of(cast, ticket)
    assert [(each["name"], content_of(cast, each)) for each in kept] == [
        ("plan.pdf", b"%PDF plan"),
        ("two.txt", b"two"),
    ]
    mail = message_from_bytes(bytes(OutgoingMail.objects.get().content), policy=policy.default)
    assert [each.get_filename() for each in mail.iter_attachments()] == ["plan.pdf", "two.txt"]
    assert "plan.pdf" in page_of(cast, cast.requester, ticket)


def test_files_need_no_words_in_a_reply(cast: Cast) -> None:
    ticket = cast.open()
    answer = press(cast, cast.agent, ticket, "write", text="", attachments=[file()], **EVERYONE)
    assert answer.status_code == 302
    assert len(files_of(cast, ticket)) == 1


def test_the_quick_step_that_resolves_takes_files_with_a_text(cast: Cast) -> None:
    ticket = cast.open()
    refused = press(cast, cast.agent, ticket, "resolve", text="", attachments=[file()])
    assert refused.status_code == 422
    assert "Write a line" in refused.content.decode()
    assert (
        press(cast, cast.agent, ticket, "resolve", text="Done.", attachments=[file()]).status_code
        == 302
    )
    assert len(files_of(cast, ticket)) == 1


def test_a_requester_answers_with_files(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, MONDAY + MINUTE, "Send a picture, please.")
    answer = press(cast, cast.requester, ticket, "answer", text="", attachments=[file("shot.png")])
    assert answer.status_code == 302
    (kept,) = files_of(cast, ticket)
    address = url(cast, "desk:file", cast.row(ticket).number, kept["id"])
    got: Any = signed_in(cast.agent).get(address)
    assert b"".join(got.streaming_content) == b"%PDF plan"
    assert got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"] == 'attachment; filename="shot.png"'
    assert "sandbox" in got["Content-Security-Policy"]
    assert signed_in(cast.colleague).get(address).status_code == 404


def test_an_answer_says_or_shows_something(cast: Cast) -> None:
    ticket = cast.open()
    answer = press(cast, cast.requester, ticket, "answer", text=" ")
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()


def test_a_new_ticket_begins_with_its_files(cast: Cast) -> None:
    given = {
        "requester_name": "Nina New",
        "requester_address": "nina@acme.example",
        "channel": "phone",
        "opening": "live",
        "kind": "incident",
        "subject": "The screen stays dark",
        "attachments": [file("dark.txt", b"a picture in words")],
    }
    answer = signed_in(cast.agent).post(url(cast, "desk:new-ticket"), given)
    assert answer.status_code == 302
    ticket = TicketRow.objects.get(subject="The screen stays dark").uuid
    assert [content_of(cast, each) for each in files_of(cast, ticket)] == [b"a picture in words"]


def test_a_note_carries_no_files(cast: Cast) -> None:
    ticket = cast.open()
    answer = press(cast, cast.agent, ticket, "write", to="own", text="Look.", attachments=[file()])
    assert answer.status_code == 422
    assert "A note carries no files" in answer.content.decode()
    assert files_of(cast, ticket) == []


def test_what_is_refused_leaves_no_file(cast: Cast) -> None:
    ticket = cast.open()
    cast.writes(ticket, MONDAY + MINUTE)
    row = cast.row(ticket)
    address = reverse("desk:step", args=[cast.company.prefix, row.number, "write"])
    given = {"position": 1, "text": "x", "attachments": [file()], **EVERYONE}
    before = words.of_stream(cast.uuid, str(ticket))
    assert signed_in(cast.agent).post(address, given).status_code == 409
    assert words.of_stream(cast.uuid, str(ticket)) == before


# ---- limits -------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can pass without moving megabytes."""
    monkeypatch.setattr(uploads, "LARGEST", 1000)
    monkeypatch.setattr(uploads, "MOST_FILES", 3)


def refused(cast: Cast, person: Person, verb: str, files: Sequence[SimpleUploadedFile]) -> str:
    ticket = cast.open()
    given = EVERYONE if verb == "write" else {}
    answer = press(cast, person, ticket, verb, text="Here.", attachments=files, **given)
    assert answer.status_code == 422
    assert files_of(cast, ticket) == []
    assert "Here." in answer.content.decode(), "what was written stays"
    return str(answer.content.decode())


def test_a_file_that_is_too_large_is_named(cast: Cast, small: None) -> None:
    for person, verb in ((cast.agent, "write"), (cast.requester, "answer")):
        files = [file("fits.pdf"), file("huge.bin", bytes(2000)), file("fits too.pdf")]
        shown = refused(cast, person, verb, files)
        assert "huge.bin is too much" in shown
        assert "fits.pdf is" not in shown and "fits too.pdf is" not in shown
        assert "Choose them again" in shown


def test_files_that_are_too_large_together_are_refused(cast: Cast, small: None) -> None:
    files = [file("first.bin", bytes(600)), file("second.bin", bytes(600))]
    assert "second.bin is too much" in refused(cast, cast.agent, "write", files)


def test_too_many_files_are_refused_by_name(cast: Cast, small: None) -> None:
    files = [file(f"number {each}.txt", b"x") for each in range(1, 6)]
    shown = refused(cast, cast.agent, "write", files)
    assert "At most 3 files" in shown and "number 4.txt and number 5.txt" in shown


def test_a_type_that_a_browser_claims_is_kept_only_if_it_is_plain() -> None:
    said = {
        "text/plain; charset=utf-8": "text/plain",
        "text/html;x=<script>": "text/html",
        "text/<script>": "application/octet-stream",
        "image/png\r\nX-Other: 1": "application/octet-stream",
        "a/b/c": "application/octet-stream",
        "": "application/octet-stream",
    }
    for claimed, kept in said.items():
        upload = SimpleUploadedFile("a", b"", "x/y")
        upload.content_type = claimed
        assert uploads.media_type_of(upload) == kept


def test_a_file_with_secrets_is_marked(cast: Cast) -> None:
    ticket = cast.open()
    press(
        cast, cast.agent, ticket, "write", text="x", attachments=[file("session.har")], **EVERYONE
    )
    assert "may hold sessions of somebody signed in" in page_of(cast, cast.agent, ticket)


def test_forms_with_files_say_what_fits(cast: Cast) -> None:
    ticket = cast.open()
    for person in (cast.agent, cast.requester):
        shown = signed_in(person).get(ticket_url(cast, ticket)).content.decode()
        assert "Up to 20 files, 25 MB in all." in shown
        assert 'enctype="multipart/form-data"' in shown
