"""The real raw mails once more, fetched from a Dovecot: each is kept whole, once, with a reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from pytest_django import Settings

from commondesk.core.record.instant import HOUR
from commondesk.desk.models import TicketRow
from commondesk.intake import actions, mailboxes, parse, raw_files
from commondesk.intake.imap import accounts, fetchers
from commondesk.intake.models import MailAccount, RawMail
from commondesk.ledger.now import instant_now
from tests.intake.letters import DESK, found_acme
from tests.mail_servers import dovecot
from tests.real_data.test_mail_fixtures import MAILS as ALL_MAILS

# One of them is empty: no mail to a mailbox server.
MAILS = [mail for mail in ALL_MAILS.values() if mail]
PASSWORD = "a quiet word"


@pytest.mark.django_db(transaction=True)
def test_all_go_the_whole_way_by_imap(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA, settings.EMAIL_HOST = tmp_path, ""
    acme = found_acme()
    with dovecot.running({"desk": PASSWORD}) as server:
        for name, value in dovecot.trusting(server).items():
            monkeypatch.setenv(name, value)
        server.append("desk", *MAILS)
        account = MailAccount(
            mailbox=mailboxes.add(acme.uuid, DESK),
            host="localhost",
            port=server.tls_port,
            username="desk",
        )
        accounts.add(account, PASSWORD)
        assert fetchers.look_once(account).stored == len(MAILS)
        assert len(server.flags("desk")) == len(MAILS)
    for hour in range(4):
        actions.file_waiting(instant_now() + hour * HOUR)
    parse.stop()
    rows = RawMail.objects.all()
    # A mailbox server gives every line its CR LF, and then some of them are the same bytes.
    assert len(rows) == len({re.sub(rb"\r\n|\r|\n", b"\r\n", mail) for mail in MAILS})
    states = Counter(rows.values_list("state", flat=True))
    assert set(states) <= {"filed", "held"}
    assert all(mail.reason for mail in rows)
    assert all(
        raw_files.path_of(raw_files.place_of(mail.sha256)).stat().st_size == mail.size
        for mail in rows
    )
    assert not any(mail.automatic == "the return path is empty" for mail in rows), (
        "no envelope is not an empty one"
    )
    print(f"{len(rows)} mails: {dict(states)}, {TicketRow.objects.count()} tickets")
