"""Secrets at rest: encrypted with a key of this installation, so that a copy of rows gives none."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"commondesk: passwords of mail accounts"


class CannotUnseal(Exception):
    """It was sealed with another key. The text says what to do."""


def sealed(secret: str) -> str:
    return _box(settings.SECRET_KEY).encrypt(secret.encode()).decode()


def unsealed(text: str) -> str:
    """Raises CannotUnseal."""
    try:
        return _box(settings.SECRET_KEY).decrypt(text.encode()).decode()
    except InvalidToken:
        raise CannotUnseal(
            "the password was kept under another secret key; give it again with "
            "`commondesk mailbox imap`"
        ) from None


@lru_cache(maxsize=2)
def _box(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
