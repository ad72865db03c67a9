"""What mails made to break readers may cost the child: 2 s of computing and 200 MB each."""

from __future__ import annotations

import base64
import hashlib
import os
import quopri
from collections.abc import Iterator
from pathlib import Path

import pytest

from commondesk.intake import parse
from tests.mail.test_hostile import HEAD, HOSTILE

CPU_SECONDS = 2.0
MEGABYTES = 200

EXTREMES = (
    *("3,000 levels", "10,000 parts", "200 messages in messages", "2 MB of headers"),
    *("50,000 addresses", "no boundary", "boundary without end", "prefix boundary"),
    *("empty boundary", "garbage base64", "many dashes", "deep HTML", "deep tables", "comments"),
    *("open pictures", "encoded words", "parameters", "100,000 header lines", "attributes"),
)
MORE = {
    "unknown charset": HEAD + b"Content-Type: text/plain; charset=x-none\r\n\r\nna\xefve",
    "2 MB of text": HEAD + b"\r\n" + b"The printer is on fire: please help at once.\r\n" * 45_000,
    "2 MB of HTML": HEAD
    + b"Content-Type: text/html\r\n\r\n"
    + b'<p style="color:#333">The <b>printer</b> is on fire.</p>' * 37_000,
    "500 files": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: text/csv\r\n\r\nuser,password\r\n" * 499,
}


@pytest.fixture
def reader() -> Iterator[parse.Reader]:
    made = parse.reader()
    yield made
    made.stop()


@pytest.mark.parametrize("name", [*EXTREMES, *MORE])
def test_each_is_read_within_the_limits(name: str, reader: parse.Reader, tmp_path: Path) -> None:
    path, files = tmp_path / "mail", tmp_path / "files"
    files.mkdir()
    path.write_bytes(b"From: a@b.example\r\n\r\nwarm\r\n")
    reader.parse(path, files)
    path.write_bytes({**HOSTILE, **MORE}[name])
    before, child = seconds_of(reader.pid), reader.pid
    mail = reader.parse(path, files)
    assert reader.pid == child
    assert seconds_of(reader.pid) - before <= CPU_SECONDS
    assert peak_megabytes(reader.pid) <= MEGABYTES
    assert mail.sender is not None
    assert len(mail.attachments) == len(list(files.iterdir()))


def seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_files_of_25_megabytes_come_whole(
    encoding: str, reader: parse.Reader, tmp_path: Path
) -> None:
    content = (bytes(range(32, 127)) * 10 + b"\n") * 27_500
    wrapped = base64.encodebytes(content) if encoding == "base64" else quopri.encodestring(content)
    path, files = tmp_path / "mail", tmp_path / "files"
    files.mkdir()
    path.write_bytes(
        HEAD
        + b"Content-Type: application/zip; name=big.zip\r\nContent-Transfer-Encoding: "
        + encoding.encode()
        + b"\r\n\r\n"
        + wrapped
    )
    (file,) = reader.parse(path, files).attachments
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert peak_megabytes(reader.pid) < 300


def test_two_readers_read_at_the_same_time(tmp_path: Path) -> None:
    path, files = tmp_path / "mail", tmp_path / "files"
    path.write_bytes(b"From: a@b.example\r\nSubject: one\r\n\r\nx\r\n")
    files.mkdir()
    one, other = parse.reader(), parse.reader()
    try:
        assert one.parse(path, files) == other.parse(path, files)
        assert 0 not in (one.pid, other.pid)
        assert one.pid != other.pid
    finally:
        one.stop()
        other.stop()
    assert one.pid == 0
