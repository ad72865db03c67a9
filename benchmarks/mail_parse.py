"""How long it takes to understand a mail.

Run as `python benchmarks/mail_parse.py`; prints one JSON line, processor time in milliseconds a
mail, warm, of the reading itself (`small`, `html`, `large`) and of the child process with the way
through its pipe (`child`). `growth` reads a text and an HTML mail of ten times the size, twice, so
that growth can be seen.
"""

from __future__ import annotations

import base64
import json
import resource
import tempfile
from pathlib import Path
from time import process_time

from commondesk.intake import parse
from commondesk.intake.mail.reading import understand

HEAD = (
    b"Return-Path: <rita@acme.example>\r\n"
    b"Received: from mx.acme.example (mx.acme.example [192.0.2.1])\r\n"
    b"\tby mail.provider.example with ESMTPS id 4Yz; Mon, 10 Mar 2025 09:00:01 +0000\r\n"
    b"Authentication-Results: mail.provider.example; dkim=pass header.d=acme.example\r\n"
    b"From: Rita Kern <rita@acme.example>\r\n"
    b"To: Acme desk <support+t-acme-1001.aaaaaaaaaaaaaaaa@provider.example>\r\n"
    b'Cc: Carl Boss <carl@acme.example>, "Desk, Dora" <dora@acme.example>\r\n'
    b"Subject: =?utf-8?Q?Re:_[ACME-1001]_Drucker_druckt_schr=C3=A4g?=\r\n"
    b"Message-ID: <abc@acme.example>\r\n"
    b"In-Reply-To: <0123456789abcdef0123456789abcdef@provider.example>\r\n"
    b"References: <first@acme.example> <0123456789abcdef0123456789abcdef@provider.example>\r\n"
    b"MIME-Version: 1.0\r\n"
)
LINE = b"The printer on the second floor prints at an angle since this morning, page by page.\r\n"
QUOTE = (
    b"\r\nOn Mon, 10 Mar 2025 at 09:00, Ben Agent <ben@provider.example> wrote:\r\n" + b"> " + LINE
)
MORE_TIMES = (1, 10, 100)


def small(times: int = 1) -> bytes:
    """Text and HTML that say the same, with a quote: 3 kB, as most mails are."""
    text = LINE * 5 * times + b"\r\nKind regards\r\nRita Kern\r\n" + QUOTE
    html = b"<div dir=ltr><p>" + b"</p>\r\n<p>".join([LINE.strip()] * 5 * times) + b"</p></div>"
    html += b"<br><div class=gmail_quote><blockquote type=cite>" + LINE + b"</blockquote></div>"
    return (
        HEAD + b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + b"\r\n"
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html + b"\r\n--b--\r\n"
    )


def html(times: int = 1) -> bytes:
    """HTML alone, as Outlook and newsletters write it: 5 kB."""
    cell = (
        b'<tr><td style="padding:0 4px;color:#333333" class=MsoNormal><span style="font-size:11pt">'
        b'The printer <b>prints</b> at <a href="https://acme.example/a">an angle</a></span></td>'
        b'<td bgcolor="#ffffff"><img src="https://acme.example/1.png" alt="a map"></td></tr>\r\n'
    )
    page = b"<html><head><style>p{margin:0}</style></head><body><table>" + cell * 18 * times
    return (
        HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + page + b"</table></body></html>"
    )


def large(times: int = 1) -> bytes:
    """A short text with a file of 1 MB."""
    return (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n"
        b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(bytes(range(256)) * 4096 * times)
        + b"--b--\r\n"
    )


def milliseconds_each(raw: bytes, rounds: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        understand(raw, files)
        start = process_time()
        for _ in range(rounds):
            understand(raw, files)
        return round((process_time() - start) * 1000 / rounds, 3)


def of_child(raw: bytes, rounds: int) -> float:
    """Of both processes, with starting the child left out."""
    reader = parse.reader()
    with tempfile.TemporaryDirectory() as folder:
        path, files = Path(folder) / "mail", Path(folder) / "files"
        path.write_bytes(raw)
        files.mkdir()
        reader.parse(path, files)
        child = Path(f"/proc/{reader.pid}/stat")
        start = process_time() + seconds_of(child)
        for _ in range(rounds):
            reader.parse(path, files)
        spent = process_time() + seconds_of(child) - start
    reader.stop()
    return round(spent * 1000 / rounds, 3)


def seconds_of(stat: Path) -> float:
    """Processor time of another process, by hundredths of a second."""
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> None:
    figures = {
        "small": milliseconds_each(small(), 300),
        "html": milliseconds_each(html(), 300),
        "large": milliseconds_each(large(), 20),
        "child": of_child(small(), 400),
    }
    growth = {
        name: [milliseconds_each(made(times), max(3, 100 // times)) for times in MORE_TIMES]
        for name, made in (("small", small), ("html", html))
    }
    sizes = {"small": len(small()), "html": len(html()), "large": len(large())}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        json.dumps(
            {
                "benchmark": "mail_parse",
                "bytes": sizes,
                "cpu_ms_a_mail": figures,
                "cpu_ms_at_1_10_100_times_the_size": growth,
                "peak_mb": peak,
            }
        )
    )


if __name__ == "__main__":
    main()
