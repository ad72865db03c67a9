"""Signed addresses of the content origin: for one person, one message, and ten minutes.

The content origin knows no cookies. What an address may show stands in the address, signed; that
the person may still read it is asked again when it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "commondesk.content"
SPAN_IN_SECONDS = 600


class Purpose(StrEnum):
    """What an address shows; the signature of one purpose is worth nothing for another."""

    MAIL = "mail"
    INLINE = "inline"
    PICTURE = "picture"


class UnfitPass(ValueError):
    """The address was not made here, was changed, or has run out."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Who may see which message, or which thing of it, at which company."""

    company: UUID
    person: UUID
    message: str
    thing: str = ""

    def for_thing(self, thing: str) -> Pass:
        return Pass(self.company, self.person, self.message, thing)


def address_of(purpose: Purpose, given: Pass, origin: str = "") -> str:
    """The signed address; on the content origin, unless another is named or there is none."""
    parts = [given.company.hex, given.person.hex, given.message, given.thing]
    token = signing.dumps(parts, salt=f"{SALT}.{purpose}", compress=True)
    path = reverse(f"content:{purpose}")
    return f"{origin or settings.CONTENT_ORIGIN}{path}?{urlencode({'u': token})}"


def read(purpose: Purpose, token: str) -> Pass:
    """Raises UnfitPass."""
    try:
        parts = signing.loads(token, salt=f"{SALT}.{purpose}", max_age=SPAN_IN_SECONDS)
    except signing.BadSignature:
        raise UnfitPass("this address shows nothing, or nothing any more") from None
    company, person, message, thing = parts
    return Pass(UUID(company), UUID(person), message, thing)
