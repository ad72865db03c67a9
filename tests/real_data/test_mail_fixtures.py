"""The 105 real raw mails: each is understood or kept with a reason, none is lost."""

from __future__ import annotations

import os
import smtplib
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from commondesk.core.record.instant import HOUR
from commondesk.desk import projections
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.intake import actions, parse, raw_files, receiver
from commondesk.intake.mail.reading import understand
from commondesk.intake.models import RawMail
from commondesk.ledger import verify, words
from commondesk.ledger.now import instant_now
from tests.intake.letters import DESK, found_acme

ARCHIVE = Path(os.environ["COMMONDESK_REAL_DATA"]) / "mail-fixtures" / "mikel-mail.tar.gz"


def read_mails() -> dict[str, bytes]:
    with tarfile.open(ARCHIVE) as archive:
        files = [each for each in archive.getmembers() if each.isfile() and "/emails/" in each.name]
        found = {each.name.split("/emails/")[1]: archive.extractfile(each) for each in files}
        return {
            name: file.read()
            for name, file in sorted(found.items())
            if file and not name.startswith(".")
        }


MAILS = read_mails()


def test_all_are_here() -> None:
    assert len(MAILS) == 104  # and the licence beside them makes 105 files


@pytest.mark.parametrize("name", MAILS)
def test_each_is_understood_without_loss(name: str, tmp_path: Path) -> None:
    mail = understand(MAILS[name], tmp_path)
    assert bool(mail.sender) != bool(mail.sender_trouble)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [file.place for file in mail.attachments]
    for text in (mail.subject, mail.text, mail.html):
        assert "\x00" not in text
        text.encode()
    assert len(mail.folded) >= len(mail.text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("multi_charset/ks_c_5601-1987.eml", "스티해"),
        ("multi_charset/japanese_iso_2022.eml", "すみません。"),
        ("multi_charset/japanese_shift_jis.eml", "このメールはテスト用のメールです。"),
        ("plain_emails/raw_email10.eml", "Test test. Hi. Waving."),
        ("plain_emails/raw_email.eml", "제 이름은 Jamis입니다."),
        ("error_emails/multiple_content_types.eml", "foo"),
    ],
)
def test_the_words_come_out_right(name: str, text: str, tmp_path: Path) -> None:
    assert text in understand(MAILS[name], tmp_path).text


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("attachment_emails/attachment_with_quoted_filename.eml", ["Eelanalüüsi päring.jpg"]),
        ("attachment_emails/attachment_nonascii_filename.eml", ["ciële.txt"]),
        ("attachment_emails/attachment_with_base64_encoded_name.eml", ["This is a test.pdf"]),
        ("multi_charset/japanese_attachment.eml", ["てすと.txt"]),
        ("mime_emails/raw_email7.eml", ["test.rb", "test.pdf", "smime.p7s"]),
        (
            "attachment_emails/attachment_message_rfc822_inline_image.eml",
            ["img.png", "Testmail.eml"],
        ),
    ],
)
def test_the_files_have_their_names(name: str, files: list[str], tmp_path: Path) -> None:
    assert [file.name for file in understand(MAILS[name], tmp_path).attachments] == files


def test_reports_and_machines_are_known_as_such(tmp_path: Path) -> None:
    automatic = {name for name, raw in MAILS.items() if understand(raw, tmp_path).is_automatic}
    reports = {name for name in MAILS if name.startswith("multipart_report_emails/")}
    assert automatic >= reports
    assert automatic - reports == {
        "error_emails/bad_date_header.eml",
        "error_emails/empty_in_reply_to.eml",
        "mime_emails/raw_email_with_mimepart_without_content_type.eml",
    }


@pytest.fixture
def desk(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[receiver.Receiver]:
    settings.DATA = tmp_path
    settings.EMAIL_HOST = ""
    found_acme()
    running = receiver.start("127.0.0.1:0", is_filing=False)
    yield running
    running.stop()
    parse.stop()


def test_all_go_the_whole_way(desk: receiver.Receiver) -> None:
    """Over a real connection, into the record; what is no ticket is kept with its reason."""
    with smtplib.SMTP("127.0.0.1", desk.port, timeout=30) as server:
        for raw in MAILS.values():
            server.sendmail("sender@example.org", [DESK], raw)
    for hour in range(4):
        actions.file_waiting(instant_now() + hour * HOUR)
    rows = RawMail.objects.all()
    # Two pairs of them differ by nothing but a last line end.
    assert len(MAILS) - 4 <= len(rows) <= len(MAILS)
    states = Counter(rows.values_list("state", flat=True))
    assert set(states) <= {"filed", "held"}
    assert all(mail.reason for mail in rows)
    tickets = TicketRow.objects.count()
    assert tickets >= 70
    assert tickets == RawMail.objects.filter(state="filed", ticket__isnull=False).count()
    assert_kept_whole()
    (company,) = set(TicketRow.objects.values_list("company", flat=True))
    assert projections.differences(company) == []
    assert verify.verify(company).is_sound
    print(f"{len(rows)} mails: {dict(states)}, {tickets} tickets")


def assert_kept_whole() -> None:
    for mail in RawMail.objects.all():
        assert raw_files.path_of(mail.path).stat().st_size == mail.size
        if mail.words:
            with words.open_file(mail.words) as file:
                assert len(file.read()) == mail.size
    assert MessageRow.objects.filter(kind="received", text="").count() == 0
