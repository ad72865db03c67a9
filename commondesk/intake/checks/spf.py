"""Whether the server that sent a mail may do so, says the domain of the return path (RFC 7208)."""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass

import spf as library  # type: ignore[import-untyped]

from .dns import Inquiry, Silent

LONGEST_ADDRESS = 320
MOST_LOOKUPS = 40
"""Of names in all: the standard allows 10 terms, and up to 10 names below each."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spf:
    """pass, fail, softfail, neutral, none, temperror or permerror; and which domain said so."""

    result: str = "none"
    domain: str = ""


def spf_of(peer: str, mail_from: str, helo: str, inquiry: Inquiry) -> Spf:
    """What the domain of the return path says of the server at that address.

    Without a return path, the name that the server gave itself stands for it.
    """
    address = _address(peer)
    sender = mail_from if "@" in mail_from else f"postmaster@{helo}"
    domain = sender.rpartition("@")[2].rstrip(".").lower()
    if not address or len(sender) > LONGEST_ADDRESS or not _is_name(domain):
        return Spf()
    try:
        query = _Query(address, sender, helo or domain, inquiry)
        return Spf(str(query.check()[0]), domain)
    except Silent:
        return Spf("temperror", domain)
    except Exception as trouble:
        # The record belongs to a stranger, and the library was not written for all of them.
        log.info("the SPF record of %s cannot be followed: %s", domain, type(trouble).__name__)
        return Spf("permerror", domain)


def _address(peer: str) -> str:
    """The plain address; IPv4 that came in the clothes of IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address).partition("%")[0]


def _is_name(domain: str) -> bool:
    labels = domain.split(".")
    return domain.isascii() and len(labels) > 1 and all(0 < len(each) < 64 for each in labels)


class _Query(library.query):  # type: ignore[misc]
    """The library's evaluation, with our name service and our patience."""

    def __init__(self, address: str, sender: str, helo: str, inquiry: Inquiry) -> None:
        super().__init__(address, sender, helo, strict=True)
        self._inquiry = inquiry
        self._asked = 0

    def dns(
        self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False
    ) -> list[object]:
        """The records in the library's own form. Aliases were followed by our name server."""
        self._asked += 1
        if self._asked > MOST_LOOKUPS:
            raise library.PermError(f"more than {MOST_LOOKUPS} names")
        try:
            found = self._inquiry.records(str(name), qtype)
        except Silent as silence:
            raise library.TempError(f"DNS {silence}") from None  # not for readers
        if not found and not ignore_void:
            self._count_void()
        return [_in_its_form(qtype, each) for each in found]

    def _count_void(self) -> None:
        self.void_lookups += 1
        if self.void_lookups > library.MAX_VOID_LOOKUPS:
            raise library.PermError("too many names that do not exist")

    def get_explanation(self, spec: str) -> str:
        """What the domain would tell the sender; we tell nobody."""
        return ""


def _in_its_form(qtype: str, record: str) -> object:
    if qtype == "TXT":
        return (record.encode("latin-1"),)
    if qtype == "MX":
        preference, _, exchange = record.partition(" ")
        return int(preference), exchange.rstrip(".")
    return record.rstrip(".")
