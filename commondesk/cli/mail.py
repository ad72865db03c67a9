"""`commondesk mail`: what the desk understands of a mail in a file, and why."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from commondesk.cli.user_error import UserError
from commondesk.core.record.events import SenderCheck
from commondesk.intake import parse, table
from commondesk.intake.mail.parts import MOST_HEADER_BYTES
from commondesk.intake.mail.understood import Json, Understood, json_of

NAME = "mail"
HELP = "print as JSON what is understood of a mail, and what it would become"
NEEDS_DATABASE = False

CHECK_OF_RESULT = {"pass": SenderCheck.PASSED, "fail": SenderCheck.FAILED}


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    reading = verbs.add_parser("parse", help="read a mail in a file")
    reading.add_argument("file", help="a raw mail as it came (.eml), or - for standard input")
    reading.add_argument(
        "--trusted-host",
        default="",
        help="believe the Authentication-Results of this host, as of the mail server of a mailbox",
    )
    reading.add_argument(
        "--envelope-from",
        default=None,
        help="the sender that was said in SMTP; an empty one tells of a delivery report",
    )


def run(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        mail, files = Path(folder) / "mail", Path(folder) / "files"
        files.mkdir()
        fetch(args.file, mail)
        try:
            said = parse.parse(mail, files, args.envelope_from)
        except parse.Unreadable as wrong:
            raise UserError(f"{args.file} cannot be understood: {wrong}") from None
        finally:
            parse.stop()
        told = answer(said, mail, args.trusted_host)
    print(json.dumps(told, indent=2, ensure_ascii=False))
    return 0


def fetch(file: str, mail: Path) -> None:
    """Lay the mail where it can be read, from the file or from standard input."""
    try:
        if file == "-":
            mail.write_bytes(sys.stdin.buffer.read())
        else:
            shutil.copyfile(file, mail)
    except OSError as wrong:
        raise UserError(f"{file} cannot be read: {wrong.strerror or wrong}") from None


def answer(said: Understood, mail: Path, trusted_host: str) -> dict[str, Json]:
    """All that was understood, with the reasons in words."""
    told = json_of(said)
    visible = told.pop("visible")
    del told["attachments"]
    return {
        "sender": told.pop("sender"),
        "sender_trouble": told.pop("sender_trouble"),
        "people": {name: told.pop(name) for name in ("to", "cc", "reply_to")},
        "subject": told.pop("subject"),
        "visible_reply": visible,
        "text": told.pop("text"),
        "folds": told.pop("folds"),
        "attachments": attachments(said),
        "ids": {name: told.pop(name) for name in ("message_id", "in_reply_to", "references")},
        "is_automatic": said.is_automatic,
        "automatic_rule": told.pop("automatic"),
        **told,
        "would_become": would_become(said, mail, trusted_host),
    }


def attachments(said: Understood) -> Json:
    """The files; where they lay while the mail was read tells nobody anything."""
    return [
        {
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
            "is_inline": file.is_inline,
            "content_id": file.content_id,
            "is_sensitive": file.is_sensitive,
        }
        for file in said.attachments
    ]


def would_become(said: Understood, mail: Path, trusted_host: str) -> dict[str, Json]:
    """The row of the table for a stranger without any proof: a file does not tell more."""
    check, finding = checked(mail, trusted_host)
    row = table.row_for(table.Facts(said=said, check=check, finding=finding))
    return {
        "row": str(row.becomes),
        "reason": row.reason,
        "held_as": str(row.held_as) if row.held_as else "",
        "check": str(check),
        "finding": finding,
        "assumed": "its sender is a stranger, and it carries no proof of answering us",
    }


def checked(mail: Path, trusted_host: str) -> tuple[SenderCheck, str]:
    """What the host that is trusted found about the sender; absent where nobody is trusted."""
    if not trusted_host:
        return SenderCheck.ABSENT, ""
    import django

    # The checks know the kept mails of the desk, though nothing is asked of its database here.
    django.setup()
    from commondesk.intake.checks import authentication_results

    with mail.open("rb") as file:
        header = file.read(MOST_HEADER_BYTES).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    results = authentication_results.results_by(trusted_host, header)
    found = {
        method: worst
        for method in ("spf", "dkim", "dmarc")
        if (worst := authentication_results.worst(method, results))
    }
    finding = " ".join(f"{method}={result}" for method, result in found.items())
    return CHECK_OF_RESULT.get(found.get("dmarc", ""), SenderCheck.ABSENT), finding
