"""The child that reads mails: limited, replaced when it falls, and never believed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commondesk.intake import parse
from commondesk.intake.mail import child
from commondesk.intake.parse import Reader

MAIL = b"From: rita@acme.example\r\nSubject: hello\r\n\r\nbody\r\n"


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    made = Reader()
    monkeypatch.setattr(parse, "_READER", made)
    yield made
    made.stop()


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    path = tmp_path / "mail"
    path.write_bytes(MAIL)
    (tmp_path / "files").mkdir()
    return path


def pid_of(reader: Reader) -> int:
    assert reader._child is not None
    return reader._child.pid


def test_the_child_reads_many_and_is_replaced(
    reader: Reader, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "MAILS_A_CHILD", 3)
    seen = []
    for _ in range(7):
        assert parse.parse(mail, mail.parent / "files").subject == "hello"
        seen.append(pid_of(reader))
    assert len(set(seen)) == 3


def test_files_lie_in_the_folder(reader: Reader, mail: Path) -> None:
    mail.write_bytes(
        b"From: a@b.example\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nPDF\r\n"
    )
    (file,) = parse.parse(mail, mail.parent / "files").attachments
    assert (mail.parent / "files" / file.place).read_bytes() == b"PDF\r\n"
    assert (file.name, file.media_type, file.size) == ("a.pdf", "application/pdf", 5)


def test_it_knows_none_of_our_settings(
    reader: Reader, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONDESK_SECRET_KEY", "very secret")
    parse.parse(mail, mail.parent / "files")
    assert b"secret" not in Path(f"/proc/{pid_of(reader)}/environ").read_bytes()
    loaded = Path(f"/proc/{pid_of(reader)}/maps").read_text()
    assert "psycopg" not in loaded
    assert "_sqlite3" not in loaded


def test_its_memory_is_limited(reader: Reader, mail: Path) -> None:
    parse.parse(mail, mail.parent / "files")
    limits = Path(f"/proc/{pid_of(reader)}/limits").read_text()
    assert any(
        line.startswith("Max address space") and str(child.MEMORY) in line
        for line in limits.splitlines()
    )


def test_killed_in_the_middle_another_one_reads(reader: Reader, mail: Path) -> None:
    parse.parse(mail, mail.parent / "files")
    os.kill(pid_of(reader), signal.SIGKILL)
    assert parse.parse(mail, mail.parent / "files").subject == "hello"


def test_a_mail_that_takes_too_long_is_read_by_its_headers(
    reader: Reader, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse.parse(mail, mail.parent / "files")
    monkeypatch.setattr(parse, "LONGEST_SPAN", 0.5)
    stopped = pid_of(reader)
    os.kill(stopped, signal.SIGSTOP)
    threading.Timer(0.1, lambda: None).start()
    began = time.monotonic()
    found = parse.parse(mail, mail.parent / "files")
    assert time.monotonic() - began < 20
    assert found.subject == "hello"
    assert found.notes == ("it could not be taken apart; it is attached as it came",)
    assert pid_of(reader) != stopped


def test_what_cannot_be_read_at_all_is_said(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    with pytest.raises(parse.Unreadable, match="FileNotFoundError"):
        parse.parse(tmp_path / "nothing", tmp_path / "files")
    with pytest.raises(parse.Unreadable):
        parse.parse(tmp_path, tmp_path / "files")


def test_an_answer_that_does_not_fit_is_refused(
    reader: Reader, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in (b"{}", b"[]", b"no", b'{"mail": {"sender": 1}}', b'{"mail": null}'):
        monkeypatch.setattr(parse, "_line_from", lambda *_, answer=answer: answer)
        with pytest.raises(parse.Unreadable):
            parse.parse(mail, mail.parent / "files")


def test_threads_share_it(reader: Reader, tmp_path: Path) -> None:
    def read(count: int) -> str:
        path, folder = tmp_path / f"m{count}", tmp_path / f"f{count}"
        path.write_bytes(MAIL.replace(b"hello", b"mail %d" % count))
        folder.mkdir()
        return parse.parse(path, folder).subject

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(read, range(30))) == [f"mail {count}" for count in range(30)]


def test_a_large_mail_fits(reader: Reader, mail: Path) -> None:
    block = b"QUJD" * 19 + b"\r\n"
    mail.write_bytes(
        b"From: a@b.example\r\nContent-Type: application/zip; name=big.zip\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + block * (34_000_000 // len(block))
    )
    (file,) = parse.parse(mail, mail.parent / "files").attachments
    assert file.size > 24_000_000
    status = Path(f"/proc/{pid_of(reader)}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 300_000
