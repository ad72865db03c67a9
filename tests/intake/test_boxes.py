"""Mailboxes connected on a page: tried on a real Dovecot, kept, paused, removed; and where a page
may have the desk connect to."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts import domains
from commondesk.accounts.models import Company, Membership, Person
from commondesk.desk import outbox
from commondesk.desk.content import fetching
from commondesk.desk.models import OutgoingMail
from commondesk.guide import steps
from commondesk.intake import mailboxes, sealing
from commondesk.intake.boxes import actions, views, wording
from commondesk.intake.imap import convention, fetchers, reach, trials
from commondesk.intake.imap.connection import Unreachable
from commondesk.intake.imap.reach import Nowhere
from commondesk.intake.models import MailAccount, Mailbox, RawMail
from commondesk.ledger.now import instant_now
from tests.mail_servers import dns, dovecot
from tests.mail_servers.dovecot import Dovecot

from .letters import DESK, Acme, found_acme, written

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = 'a "pass" word\\'
BANNER = "SECRET-BANNER-OF-A-HOST-INSIDE"
OPEN = ip_address("93.184.216.34")


@pytest.fixture(scope="module")
def dovecot_of_these_tests() -> Iterator[Dovecot]:
    with dovecot.running({f"desk{count}": PASSWORD for count in range(12)}) as running:
        yield running


@pytest.fixture
def server(
    dovecot_of_these_tests: Dovecot, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Dovecot:
    """A Dovecot that pages may ask, because the installation says so."""
    for name, value in dovecot.trusting(dovecot_of_these_tests).items():
        monkeypatch.setenv(name, value)
    settings.MAIL_NETWORKS = (ip_network("127.0.0.0/8"),)
    return dovecot_of_these_tests


@pytest.fixture
def user(dovecot_of_these_tests: Dovecot, request: pytest.FixtureRequest) -> str:
    """An empty mailbox of its own for each test."""
    taken = request.config.stash.setdefault(TAKEN, [])
    taken.append(request.node.name)
    return list(dovecot_of_these_tests.users)[len(taken) - 1]


TAKEN = pytest.StashKey[list[str]]()


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def acme() -> Acme:
    return found_acme()


@pytest.fixture
def client(acme: Acme) -> Client:
    return entered(acme.founder)


def entered(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(company: Company, name: str, *args: object) -> str:
    return reverse(f"intake:{name}", args=[company.prefix, *args])


def form(
    host: str = "127.0.0.1", port: int = 993, user: str = "desk", **more: str
) -> dict[str, str]:
    return {
        "do": "try",
        "address": DESK,
        "host": host,
        "port": str(port),
        "security": "tls",
        "user": user,
        "password": PASSWORD,
        **more,
    }


def tried(client: Client, acme: Acme, **given: Any) -> Any:
    return client.post(url(acme.company, "box-new"), form(**given))


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# ---- with a real server -------------------------------------------------------------------


def test_a_mailbox_is_tried_then_kept_then_fetched(
    acme: Acme,
    client: Client,
    server: Dovecot,
    user: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.append(user, written(subject="old"), written(subject="older"))
    server.make_folder(user, "Help-desk")
    answer = tried(client, acme, port=server.tls_port, user=user)
    assert answer.status_code == 302, text_of(answer)
    assert (MailAccount.objects.count(), RawMail.objects.count()) == (0, 0)
    assert "Seen" not in "".join(server.flags(user))
    page = text_of(client.get(answer.url))
    assert "2 mails lie in the inbox" in page and "Help-desk" in page
    assert client.post(answer.url, {"folder": "INBOX", "which": "new"}).status_code == 302
    account = MailAccount.objects.select_related("mailbox").get()
    assert (account.mailbox.address, account.is_guarded) == (DESK, True)
    assert sealing.unsealed(account.sealed_password) == PASSWORD
    server.append(user, written(subject="new"))
    assert fetchers.look_once(account).stored == 1
    listed = text_of(client.get(url(acme.company, "boxes")))
    assert "Fetched" in listed and "last looked at" in listed
    everything = page + listed + text_of(client.get(url(acme.company, "box-new"))) + caplog.text
    for secret in (PASSWORD, account.sealed_password, "&#34;pass&#34;", 'a "pass"'):
        assert secret not in everything
    assert "tried_mailbox" not in client.session
    visit_steps = {each.key: each.is_done for each in path(acme).steps}
    assert visit_steps["mailbox"] is True


def path(acme: Acme) -> steps.Path:
    from django.test import RequestFactory

    from commondesk.accounts.doorway import visit_of
    from commondesk.accounts.policy import Right

    request = RequestFactory().get("/")
    request.user = acme.founder
    return steps.path_of(visit_of(request, acme.company.prefix, (Right.EDIT_CHARTER,)))


def test_what_lies_there_already_comes_if_wished(
    acme: Acme, client: Client, server: Dovecot, user: str
) -> None:
    assert {each.key: each.is_done for each in path(acme).steps}["mailbox"] is False
    server.append(user, written(subject="old"), folder="Help")
    answer = tried(client, acme, port=server.tls_port, user=user)
    client.post(answer.url, {"folder": "Help", "which": "all"})
    account = MailAccount.objects.select_related("mailbox").get()
    assert account.folder == "Help"
    assert fetchers.look_once(account).stored == 1
    # Entered once more it is the same connection, and nothing comes twice.
    answer = tried(client, acme, port=server.tls_port, user=user)
    client.post(answer.url, {"folder": "Help", "which": "all"})
    assert fetchers.look_once(MailAccount.objects.select_related("mailbox").get()).stored == 0


def test_starttls_works_as_well(acme: Acme, client: Client, server: Dovecot, user: str) -> None:
    answer = tried(client, acme, port=server.port, user=user, security="starttls")
    assert answer.status_code == 302, text_of(answer)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "wrong"}, "does not accept this name and password"),
        ({"security": "starttls"}, "no IMAP"),
        ({"port": "plain"}, "does not speak TLS there"),
        ({"port": "shut"}, "Nothing answers there"),
        ({"password": "two\nlines"}, "A password is one line."),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    acme: Acme,
    client: Client,
    server: Dovecot,
    given: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trials, "ANSWER_SECONDS", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as shut:
        closed = shut.getsockname()[1]
    ports = {"plain": server.port, "shut": closed}
    more = dict(given)
    port = ports.get(more.pop("port", ""), server.tls_port)
    answer = tried(client, acme, port=port, user="desk0", **more)
    assert answer.status_code == 422
    expected = "does not answer in time" if said == "no IMAP" else said
    assert expected in text_of(answer) or said in text_of(answer)
    assert PASSWORD not in text_of(answer) and "wrong" not in text_of(answer).split("<form")[1]
    assert MailAccount.objects.count() == Mailbox.objects.filter(address=DESK).count() == 0


def test_a_certificate_that_nobody_signed_is_refused(
    acme: Acme, client: Client, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    answer = tried(client, acme, port=server.tls_port, user="desk0")
    assert "nobody we trust signed it" in text_of(answer)


def test_it_is_paused_gone_on_with_and_removed(
    acme: Acme, client: Client, server: Dovecot, user: str
) -> None:
    answer = tried(client, acme, port=server.tls_port, user=user)
    client.post(answer.url, {"folder": "INBOX", "which": "new"})
    account = MailAccount.objects.get()
    changed = [(verb, url(acme.company, "box-change", account.pk, verb)) for verb in VERBS]
    for verb, address in changed:
        assert client.post(address).status_code == 302
        found = MailAccount.objects.filter(pk=account.pk).first()
        assert (None if found is None else found.is_active) is VERBS[verb]
    assert Mailbox.objects.filter(address=DESK).exists(), "mail that is sent here still comes in"
    assert client.post(changed[0][1]).status_code == 404


VERBS = {"pause": False, "resume": True, "remove": None}


# ---- where a page may have us connect to --------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0.0.0.0", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1"),
        *("169.254.169.254", "[::1]", "::ffff:127.0.0.1", "fe80::1", "fd00::1", "2002:7f00:1::"),
        *("2130706433", "0x7f.0.0.1", "0177.0.0.1", "localhost", "intranet", "224.0.0.1"),
        *("a b.example", "mail.example/x", "user@mail.example", "", "mail.example:25", "ä" * 300),
    ],
)
def test_nothing_inside_is_asked(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *rest: pytest.fail("connected"))
    with pytest.raises(Nowhere):
        reach.place_of(host, 993, look_up=lambda name: (ip_address("127.0.0.1"),))


def test_every_address_of_a_name_counts() -> None:
    inside = ip_address("10.0.0.7")
    with pytest.raises(Nowhere):
        reach.place_of("mail.example.com", 993, look_up=lambda name: (OPEN, inside))
    assert reach.place_of("Mail.Example.com.", 993, look_up=lambda name: (OPEN,)) == str(OPEN)


@pytest.mark.parametrize("port", [22, 25, 80, 110, 587, 995, 6379])
def test_only_the_ports_of_imap_are_asked_outside(port: int) -> None:
    with pytest.raises(Nowhere):
        reach.place_of("mail.example.com", port, look_up=lambda name: (OPEN,))


def test_the_installation_may_name_networks_of_its_own(settings: Settings) -> None:
    settings.MAIL_NETWORKS = (ip_network("10.0.0.0/24"),)
    assert reach.place_of("10.0.0.7", 1143) == "10.0.0.7"
    with pytest.raises(Nowhere):
        reach.place_of("10.0.1.7", 993)


def test_the_connection_goes_to_the_address_that_was_looked_at(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its mind meanwhile gains nothing, in the trial and in every look."""
    asked: list[str] = []
    connected: list[object] = []
    answers = iter([(OPEN,), (ip_address("127.0.0.1"),)])

    def look_up(name: str) -> tuple[fetching.Address, ...]:
        asked.append(name)
        return next(answers)

    def connect(address: object, timeout: float | None) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(fetching, "looked_up", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    account = actions.unsaved(
        host="mail.example.com", port=993, security="tls", username="u", password="p"
    )
    for why in ("unanswered", "nowhere"):
        with pytest.raises(Unreachable) as trouble:
            trials.tried(account)
        assert trouble.value.why == why
    assert asked == ["mail.example.com"] * 2
    assert connected == [(str(OPEN), 993)]


def test_a_page_says_one_thing_of_all_that_lies_inside(acme: Acme, client: Client) -> None:
    answers = set()
    for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "no-such-name.example"):
        page = text_of(tried(client, acme, host=host)).replace(host, "HOST")
        answers.add(re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', "", page))
    assert len(answers) == 1
    assert "can be reached from here" in answers.pop()


@contextlib.contextmanager
def talking(says: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of another kind on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line, contextlib.suppress(OSError):
                        says(line)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    "greeting",
    [f"SSH-2.0-{BANNER}\r\n", f"* OK {BANNER}\r\n* BYE {BANNER}\r\n", f"* BAD {BANNER}\r\n"],
)
def test_no_banner_is_repeated(
    acme: Acme, client: Client, settings: Settings, greeting: str, security: str
) -> None:
    settings.MAIL_NETWORKS = (ip_network("127.0.0.0/8"),)
    with talking(lambda line: line.sendall(greeting.encode())) as port:
        answer = tried(client, acme, port=port, security=security)
        assert answer.status_code == 422
        assert BANNER not in text_of(answer)
        mailbox = mailboxes.add(acme.uuid, DESK)
        account = actions.unsaved(
            host="127.0.0.1", port=port, security=security, username="u", password="p"
        )
        account.mailbox = mailbox
        account.save()
        with pytest.raises(Unreachable):
            fetchers.look_once(account)
    listed = text_of(client.get(url(acme.company, "boxes")))
    assert "Not fetched now" in listed and BANNER not in listed


def test_a_server_that_drips_is_left(
    acme: Acme, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_NETWORKS = (ip_network("127.0.0.0/8"),)
    monkeypatch.setattr(trials, "SPAN_IN_SECONDS", 1.0)

    def drip(line: socket.socket) -> None:
        while True:
            line.sendall(b"*")
            time.sleep(0.05)

    began = time.monotonic()
    with talking(drip) as port, pytest.raises(Unreachable):
        trials.tried(
            actions.unsaved(
                host="127.0.0.1", port=port, security="starttls", username="u", password="p"
            )
        )
    assert time.monotonic() - began < 5


def test_a_server_cannot_fill_our_memory() -> None:
    with pytest.raises(Exception, match="too much"):
        reach._fit(reach.LONGEST_PIECE + 1)


def test_tries_are_counted(acme: Acme, client: Client) -> None:
    for _ in range(views.TRIES):
        assert "many tries" not in text_of(tried(client, acme))
    assert "many tries" in text_of(tried(client, acme))


def test_every_reason_has_its_words() -> None:
    for word in (*wording.WHY, "too_large", "something new"):
        assert len(wording.why(word)) > 20


# ---- whose mailbox ------------------------------------------------------------------------


def test_where_many_are_served_an_address_is_of_a_domain_of_theirs(
    acme: Acme, client: Client, server: Dovecot, user: str
) -> None:
    beta = found_acme("Beta", "beta.example")
    mailboxes.add(acme.uuid, "it@acme.example")
    waiting = entered(beta.founder)
    given = form(port=server.tls_port, user=user, address="help@acme.example")
    refused = waiting.post(url(beta.company, "box-new"), given)
    assert "known to be of Beta" in text_of(refused)
    # Nor does anybody learn whether somebody else has it.
    taken = waiting.post(url(beta.company, "box-new"), given | {"address": "it@acme.example"})
    assert "known to be of Beta" in text_of(taken) and "belongs to another" not in text_of(taken)
    domains.add(beta.company, "beta.example")
    own: Any = waiting.post(url(beta.company, "box-new"), given | {"address": "help@beta.example"})
    assert own.status_code == 302, text_of(own)
    assert waiting.post(own.url, {"folder": "INBOX", "which": "new"}).status_code == 302
    # The folder that another company fetches from is not taken away from it.
    domains.add(acme.company, "acme.example")
    again = tried(client, acme, port=server.tls_port, user=user, address="it@acme.example")
    assert "fetched already" in text_of(again)
    assert MailAccount.objects.get().mailbox.company == beta.uuid


def test_only_who_steers_may(acme: Acme, client: Client) -> None:
    assert entered(acme.agent).get(url(acme.company, "boxes")).status_code == 404
    Membership.objects.filter(person=acme.founder).update(roles=["agent"])
    assert client.get(url(acme.company, "boxes")).status_code == 404
    assert tried(client, acme).status_code == 404


def test_a_made_up_company_connects_nothing(acme: Acme, client: Client) -> None:
    Company.objects.filter(pk=acme.uuid).update(is_sample=True)
    assert "has no mailbox" in text_of(client.get(url(acme.company, "boxes")))
    assert tried(client, acme).status_code == 404
    assert client.post(url(acme.company, "box-test")).status_code == 404


# ---- looking a server up ------------------------------------------------------------------


def test_what_a_domain_says_of_itself_is_put_into_the_form(
    acme: Acme, client: Client, settings: Settings
) -> None:
    zone = {
        "_imaps._tcp.acme.example": {"SRV": ["0 1 993 imap.host.example."]},
        "_imaps._tcp.none.example": {"SRV": ["0 0 0 ."]},
        "_imap._tcp.old.example": {"SRV": ["0 1 143 mail.old.example."]},
    }
    with dns.served(zone) as names:
        settings.DNS = names.address
        assert convention.told_by("a@none.example") is None
        old = convention.told_by("a@old.example")
        assert old is not None and (old.host, old.port, old.security) == (
            *("mail.old.example", 143, "starttls"),
        )
        found = text_of(client.post(url(acme.company, "box-new"), form(do="find", host="")))
        nothing = text_of(
            client.post(url(acme.company, "box-new"), form(do="find", address="a@nowhere.example"))
        )
    assert 'value="imap.host.example"' in found and "only if you know that server" in found
    assert "does not say where its mailboxes are" in nothing
    assert PASSWORD not in found


# ---- the way out --------------------------------------------------------------------------


def test_a_test_mail_shows_its_way(acme: Acme, client: Client, settings: Settings) -> None:
    assert "COMMONDESK_SMTP_URL" in text_of(client.get(url(acme.company, "boxes")))
    client.post(url(acme.company, "box-test"))
    assert OutgoingMail.objects.count() == 0
    with socket.create_server(("127.0.0.1", 0)) as gone:
        settings.EMAIL_HOST, settings.EMAIL_PORT = gone.getsockname()
    client.post(url(acme.company, "box-test"))
    mail = OutgoingMail.objects.get()
    assert mail.envelope_to == [acme.founder.address]
    part = text_of(client.get(url(acme.company, "box-test"), headers={"HX-Request": "true"}))
    assert "Queued for" in part and "hx-get" in part and "<html" not in part
    outbox.send_due(instant_now())
    page = text_of(client.get(url(acme.company, "boxes")))
    assert "Waiting to go to" in page and "<q>" in page
    OutgoingMail.objects.update(state="sent", sent_at=instant_now(), last_error="")
    assert "the next mail server took it" in text_of(client.get(url(acme.company, "boxes")))
    OutgoingMail.objects.update(state="failed", sent_at=None, last_error="550 no such user")
    failed = text_of(client.get(url(acme.company, "boxes")))
    assert "refused it for good" in failed and "550 no such user" in failed
    assert "Queued" not in text_of(entered(acme.founder).get(url(acme.company, "boxes")))
