"""Secrets of second factors at rest: encrypted, so that a copy of the database gives no codes."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"commondesk: secrets of second factors"


def sealed(secret: str) -> str:
    return _box(settings.SECRET_KEY).encrypt(secret.encode()).decode()


def unsealed(text: str) -> str:
    """Raises InvalidToken where it was sealed under another secret key."""
    return _box(settings.SECRET_KEY).decrypt(text.encode()).decode()


@lru_cache(maxsize=2)
def _box(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
