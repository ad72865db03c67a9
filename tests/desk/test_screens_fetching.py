"""Pictures that lie elsewhere: what is asked for, how, and everything that is refused."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from commondesk.desk.content import fetching
from commondesk.desk.content.fetching import Refused, fetch_picture, is_open, target_of
from tests.desk.test_screens_mail import png

CLOSED = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "2001::7f00:1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::7f00:1",
    "100::1",
]


@dataclass
class Canary:
    """A server on loopback that counts who knocks, and answers as it is told."""

    port: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    body: bytes = field(default_factory=png)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(
                {"path": self.path, **{k.lower(): v for k, v in self.headers.items()}}
            )
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for start in range(0, len(made.body), 16_384):
                    self.wfile.write(made.body[start : start + 16_384])
                    time.sleep(made.pause)
            except OSError:
                return

        def log_message(self, *args: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@contextmanager
def opened_loopback(monkeypatch: pytest.MonkeyPatch, port: int) -> Iterator[None]:
    """Let loopback and this port count as the open internet, to see what is asked there."""
    with monkeypatch.context() as patch:
        patch.setattr(fetching, "is_open", lambda address: True)
        patch.setattr(fetching, "PORTS", {"http": port, "https": 443})
        yield


def at_loopback(host: str) -> Any:
    return (ip_address("127.0.0.1"),)


# ---- refusals before anything is asked ----------------------------------------------------


@pytest.mark.parametrize("address", CLOSED)
def test_addresses_off_the_open_internet_are_refused(address: str) -> None:
    assert not is_open(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused):
        target_of(f"http://{host}/a.png", fetching.looked_up)
    with pytest.raises(Refused):
        target_of("http://innocent.example/a.png", lambda _: (ip_address(address),))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_addresses_on_the_open_internet_are_asked(address: str) -> None:
    assert is_open(ip_address(address))
    target = target_of("https://pictures.example/a.png?b=c#d", lambda _: (ip_address(address),))
    assert (target.address, target.host, target.path) == (
        address,
        "pictures.example",
        "/a.png?b=c",
    )


def test_one_closed_address_among_open_ones_is_enough_to_refuse() -> None:
    some = (ip_address("8.8.8.8"), ip_address("10.0.0.1"))
    with pytest.raises(Refused):
        target_of("http://rebinding.example/", lambda _: some)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://open.example/a.png",
        "gopher://open.example/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "//open.example/a.png",
        "http://open.example:22/",
        "http://open.example:25/",
        "http://open.example:5432/",
        "http://open.example:8000/",
        "http://open.example:0x50/",
        "http://user@open.example/",
        "http://user:password@open.example/",
        "http://@open.example/",
        "http:///a.png",
        "http://",
        "http://[::1/",
        "http://a\u3002\u3002b/",
        "http://" + "a" * 300 + ".example/",
    ],
)
def test_what_is_no_plain_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        target_of(url, lambda _: (ip_address("8.8.8.8"),))


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "0", "localhost"])
def test_disguised_numbers_are_looked_up_as_names_and_never_taken_for_addresses(
    host: str, canary: Canary
) -> None:
    asked: list[str] = []

    def look_up(name: str) -> Any:
        asked.append(name)
        raise Refused("nobody knows this name")

    with pytest.raises(Refused):
        fetch_picture(f"http://{host}/", look_up=look_up)
    assert asked == [host]
    assert canary.asked == []


def test_a_request_cannot_carry_a_second_one() -> None:
    target = target_of(
        "http://open.example/a b\u00e9?x=\u2028y", lambda _: (ip_address("8.8.8.8"),)
    )
    assert target.path == "/a%20b%C3%A9?x=%E2%80%A8y"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "inside.example"])
def test_loopback_is_never_asked(
    host: str, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PORTS", {"http": canary.port, "https": 443})
    with pytest.raises(Refused):
        fetch_picture(f"http://{host}:{canary.port}/a.png", look_up=at_loopback)
    assert canary.asked == []


# ---- what is asked ------------------------------------------------------------------------


def test_nothing_about_the_reader_goes_along(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_loopback(monkeypatch, canary.port):
        found = fetch_picture("http://pictures.example/a.png?id=7", look_up=at_loopback)
    assert (found.media_type, found.content) == ("image/png", png())
    (asked,) = canary.asked
    assert asked == {
        "path": "/a.png?id=7",
        "host": "pictures.example",
        "accept": "image/*",
        "accept-encoding": "identity",
        "user-agent": "Commondesk",
    }


def test_the_connection_goes_to_the_address_that_was_checked(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers otherwise the second time gains nothing: it is asked once."""
    lookups: list[str] = []

    def look_up(host: str) -> Any:
        lookups.append(host)
        return at_loopback(host)

    with opened_loopback(monkeypatch, canary.port):
        fetch_picture("http://pictures.example/a.png", look_up=look_up)
    assert lookups == ["pictures.example"]


def test_every_redirect_is_checked_anew(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    canary.status = 302
    for place in ("http://10.0.0.1/", "http://[::1]/", "ftp://x/", "http://169.254.169.254/"):
        canary.asked.clear()
        canary.headers = {"Location": place}
        with monkeypatch.context() as patch:
            patch.setattr(fetching, "PORTS", {"http": canary.port, "https": 443})
            first = iter([True])
            patch.setattr(fetching, "is_open", lambda address, first=first: next(first, False))
            with pytest.raises(Refused):
                fetch_picture(f"http://open.example:{canary.port}/", look_up=at_loopback)
        assert len(canary.asked) == 1


def test_redirects_without_end_are_given_up(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary.status, canary.headers = 301, {"Location": "/again"}
    with opened_loopback(monkeypatch, canary.port), pytest.raises(Refused):
        fetch_picture("http://open.example/", look_up=at_loopback)
    assert len(canary.asked) == fetching.MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "body", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"", b"{}", b"GIF89"]
)
def test_only_pictures_come_back(
    body: bytes, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary.body, canary.headers = body, {"Content-Type": "image/png"}
    with opened_loopback(monkeypatch, canary.port), pytest.raises(Refused):
        fetch_picture("http://open.example/", look_up=at_loopback)


def test_what_is_too_large_is_given_up(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    canary.body = png() + bytes(fetching.LARGEST)
    with opened_loopback(monkeypatch, canary.port), pytest.raises(Refused):
        fetch_picture("http://open.example/", look_up=at_loopback)


def test_what_takes_too_long_is_given_up(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SPAN_IN_SECONDS", 0.5)
    canary.body, canary.pause = png() + bytes(1_000_000), 0.2
    begun = time.monotonic()
    with opened_loopback(monkeypatch, canary.port), pytest.raises(Refused):
        fetch_picture("http://open.example/", look_up=at_loopback)
    assert time.monotonic() - begun < 3


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SPAN_IN_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        begun = time.monotonic()
        with opened_loopback(monkeypatch, port), pytest.raises(Refused):
            fetch_picture("http://open.example/", look_up=at_loopback)
    assert time.monotonic() - begun < 3


def test_a_server_without_the_right_certificate_is_refused(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "is_open", lambda address: True)
    monkeypatch.setattr(fetching, "PORTS", {"http": 80, "https": canary.port})
    with pytest.raises(Refused):
        fetch_picture("https://open.example/", look_up=at_loopback)
    assert canary.asked == []


def test_a_name_that_nobody_knows_is_refused(settings: Any) -> None:
    settings.DNS = "127.0.0.1:1"
    with pytest.raises(Refused):
        fetching.looked_up("nowhere.example")
