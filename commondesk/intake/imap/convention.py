"""Where a domain says that its mailboxes are: the SRV records of RFC 6186. Nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass

import dns.exception
import dns.resolver
from django.conf import settings

from commondesk.intake.models import MailAccount

from .reach import Nowhere, plain_host

SPAN_IN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Told:
    """A server that a domain names for its mailboxes."""

    host: str
    port: int
    security: str


def told_by(address: str) -> Told | None:
    """What the domain of an address says in the name service; None where it says nothing."""
    try:
        domain = plain_host(address.rpartition("@")[2])
    except Nowhere:
        return None
    for service, security in (
        ("_imaps", MailAccount.Security.TLS),
        ("_imap", MailAccount.Security.STARTTLS),
    ):
        if (found := _asked(f"{service}._tcp.{domain}.", str(security))) is not None:
            return found
    return None


def _asked(name: str, security: str) -> Told | None:
    try:
        answer = _resolver().resolve(name, "SRV", lifetime=SPAN_IN_SECONDS)
        first = min(answer, key=lambda each: (each.priority, -each.weight))
        # A single dot says that there is no such server.
        host = plain_host(first.target.to_text(omit_final_dot=True))
    except (dns.exception.DNSException, ValueError, Nowhere):
        return None
    return Told(host, int(first.port), security)


def _resolver() -> dns.resolver.Resolver:
    if not settings.DNS:
        return dns.resolver.Resolver()
    host, _, port = settings.DNS.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [host.strip("[]")]
    resolver.port = int(port)
    return resolver
