"""The one way out of the desk for addresses that strangers wrote: pictures, and nothing else.

A name is looked up once, every address it has must lie on the open internet, and the connection
goes to exactly the address that was looked at: a name that changes its mind meanwhile gains
nothing. No cookies, no referrer, nothing about the reader goes along.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import BoundedSemaphore, Timer
from urllib.parse import SplitResult, urljoin, urlsplit

import dns.exception
import dns.resolver
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from commondesk.desk.content.pictures import picture_of

LARGEST = 5 * 1024 * 1024
SPAN_IN_SECONDS = 5.0
LOOKUP_SPAN_IN_SECONDS = 3.0
MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTS = {"http": 80, "https": 443}
AT_ONCE = 4
"""How many pictures are fetched at once: slow servers must not hold up the desk's own pages."""
PORTION = 65_536
HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "Commondesk"}

# The open internet of version 6, without the parts that stand for addresses of version 4.
GLOBAL_6 = IPv6Network("2000::/3")
DISGUISES = (IPv6Network("2002::/16"), IPv6Network("2001::/23"))

Address = IPv4Address | IPv6Address
Lookup = Callable[[str], tuple[Address, ...]]

_places = BoundedSemaphore(AT_ONCE)


class Refused(Exception):
    """This picture is not fetched. One word for every reason: nobody learns what is behind it."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture, with the type that its bytes have."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes: checked, and pinned to one address."""

    scheme: str
    host: str
    port: int
    address: str
    path: str


def fetch_picture(url: str, *, look_up: Lookup | None = None) -> Fetched:
    """The picture at an address that a stranger wrote. Raises Refused."""
    ends = time.monotonic() + SPAN_IN_SECONDS
    if not _places.acquire(timeout=SPAN_IN_SECONDS):
        raise Refused("too many pictures at once")
    try:
        return picture_in(_followed(url, ends, look_up or looked_up))
    finally:
        _places.release()


def picture_in(content: bytes) -> Fetched:
    found = picture_of(content)
    if found is None:
        raise Refused("this is no picture")
    return Fetched(found.media_type, content)


def _followed(url: str, ends: float, look_up: Lookup) -> bytes:
    """What lies behind the address and its redirects, each of which is checked like the first."""
    for _ in range(MOST_REDIRECTS + 1):
        answer = _asked(target_of(url, look_up), ends)
        if isinstance(answer, bytes):
            return answer
        url = urljoin(url, answer.place)
    raise Refused("too many redirects")


# ---- where to ----------------------------------------------------------------------------


def target_of(url: str, look_up: Lookup) -> Target:
    """The checked target of an address. Raises Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise Refused("this is no address") from None
    if parts.scheme not in PORTS or port not in PORTS.values():
        raise Refused("only the web is asked for pictures")
    if not host or parts.username is not None or parts.password is not None:
        raise Refused("this is no plain address")
    found = addresses_of(host, look_up)
    if not found or not all(is_open(each) for each in found):
        raise Refused("this does not lie on the open internet")
    return Target(parts.scheme, host, port, str(found[0]), _path(parts))


def _path(parts: SplitResult) -> str:
    """The path as it goes over the wire: nothing in it can end the line of the request."""
    query = f"?{parts.query}" if parts.query else ""
    text = f"{parts.path or '/'}{query}"
    return "".join(each if "!" <= each <= "~" else _percent(each) for each in text)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode(errors="replace"))


def addresses_of(host: str, look_up: Lookup) -> tuple[Address, ...]:
    try:
        return (ip_address(host),)
    except ValueError:
        return look_up(host)


def looked_up(host: str) -> tuple[Address, ...]:
    """Every address of a name, by the name server. Raises Refused."""
    resolver = _resolver()
    try:
        answers = resolver.resolve_name(host, lifetime=LOOKUP_SPAN_IN_SECONDS)
        return tuple(ip_address(each) for each in answers.addresses())
    except (dns.exception.DNSException, ValueError):
        raise Refused("nobody knows this name") from None


def _resolver() -> dns.resolver.Resolver:
    if not settings.DNS:
        return dns.resolver.Resolver()
    host, _, port = settings.DNS.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [host.strip("[]")]
    resolver.port = int(port)
    return resolver


def is_open(address: Address) -> bool:
    """Whether this is an address of the open internet, and not another in disguise."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return True
    return address in GLOBAL_6 and not any(address in each for each in DISGUISES)


# ---- asking ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The answer was: look there."""

    place: str


def _asked(target: Target, ends: float) -> bytes | Elsewhere:
    """The content at a target, or where it says that it lies. Raises Refused."""
    left = ends - time.monotonic()
    if left <= 0:
        raise Refused("it takes too long")
    connection = _connection(target, left)
    try:
        connection.connect()
        with _ended(connection, ends):
            connection.request(
                "GET",
                target.path,
                headers=HEADERS | {"Host": _host_line(target)},
                preload_content=False,
                decode_content=False,
            )
            return _answer(connection.getresponse(), ends)
    except (HTTPError, http.client.HTTPException, OSError, ValueError):
        raise Refused("it does not answer") from None
    finally:
        connection.close()


def _connection(target: Target, timeout: float) -> HTTPConnection:
    if target.scheme == "http":
        return HTTPConnection(target.address, target.port, timeout=timeout)
    return HTTPSConnection(
        target.address,
        target.port,
        timeout=timeout,
        server_hostname=target.host,
        assert_hostname=target.host,
        ssl_context=ssl.create_default_context(),
    )


def _host_line(target: Target) -> str:
    name = f"[{target.host}]" if ":" in target.host else target.host
    return name if target.port == PORTS[target.scheme] else f"{name}:{target.port}"


@contextmanager
def _ended(connection: HTTPConnection, ends: float) -> Iterator[None]:
    """Hang up at the end of the time, however slowly the other side goes on talking."""
    timer = Timer(max(0.0, ends - time.monotonic()), _hang_up, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _answer(response: BaseHTTPResponse, ends: float) -> bytes | Elsewhere:
    place = response.headers.get("Location")
    if response.status in REDIRECTS and place:
        return Elsewhere(place)
    if response.status != 200:
        raise Refused("there is no picture")
    return _content(response, ends)


def _content(response: BaseHTTPResponse, ends: float) -> bytes:
    found = bytearray()
    for portion in response.stream(PORTION, decode_content=False):
        found += portion
        if len(found) > LARGEST or time.monotonic() > ends:
            raise Refused("it is too large, or takes too long")
    return bytes(found)
