"""Mails that are signed, and the records of the domains they come from."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from commondesk.intake.checks.dns import Answer, Silent

SELECTOR = "s1"
Zone = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass
class Names:
    """A name service without a network: some names, some that are silent, or all of them."""

    zone: Zone = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    is_down: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, name: str, kind: str, _seconds: float) -> Answer:
        self.asked.append((name, kind))
        if self.is_down or name in self.silent:
            raise Silent(name)
        return Answer(tuple(self.zone.get(name, {}).get(kind, ())), 300)


@cache
def key_of(bits: int = 1024, name: str = "") -> rsa.RSAPrivateKey:
    """A key; the same one for the same name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def key_record(bits: int = 1024, name: str = "") -> str:
    public = key_of(bits, name).public_key()
    content = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; p={base64.b64encode(content).decode()}"


def signed(
    raw: bytes,
    domain: str,
    *,
    bits: int = 1024,
    name: str = "",
    form: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    has_length: bool = False,
    algorithm: bytes = b"rsa-sha256",
    headers: Sequence[bytes] = (b"from", b"to", b"subject"),
) -> bytes:
    """The mail with a signature of the domain on top."""
    private = key_of(bits, name).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    line: bytes = dkim.DKIM(raw, signature_algorithm=algorithm).sign(
        SELECTOR.encode(),
        domain.encode(),
        private,
        canonicalize=form,
        include_headers=list(headers),
        length=has_length,
    )
    return line + raw


def zone_of(
    domain: str,
    *,
    spf: str = "",
    dmarc: str = "",
    key: str = "",
) -> dict[str, dict[str, list[str]]]:
    """The records of a domain, as far as given."""
    zone: dict[str, dict[str, list[str]]] = {domain: {"A": ["192.0.2.80"]}}
    if spf:
        zone[domain]["TXT"] = [spf]
    if dmarc:
        zone[f"_dmarc.{domain}"] = {"TXT": [dmarc]}
    if key:
        zone[f"{SELECTOR}._domainkey.{domain}"] = {"TXT": [key]}
    return zone
