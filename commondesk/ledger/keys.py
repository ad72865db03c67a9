"""The key that signs anchors, and the public keys whose anchors are believed."""

import contextlib
import os
import secrets
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from django.conf import settings

from . import files


class UnusableKey(ValueError):
    """A key file does not hold the key that it should."""


def folder() -> Path:
    """Where the keys lie."""
    return Path(settings.DATA) / "keys"


def signing_key() -> Ed25519PrivateKey:
    """This installation's own key; made when first asked for, readable by its owner alone."""
    path = folder() / "anchor.key"
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        _place(path, _private_text(key))
    key = _private_key(path)
    public = folder() / "anchor.pub"
    if not public.exists():
        _place(public, f"{name_of(key.public_key())}\n".encode())
    return key


def trusted(company: UUID) -> frozenset[str]:
    """The public keys, in hexadecimal, whose anchors of a company we believe."""
    own = folder().glob("anchor.pub")
    foreign = folder().glob(f"{company}-*.pub")
    return frozenset(read_public(path) for path in (*own, *foreign))


def trust(public: str, company: UUID) -> None:
    """Believe another installation's anchors of one company from now on."""
    if public not in trusted(company):
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        _place(folder() / f"{company}-{public[:16]}.pub", f"{_checked(public)}\n".encode())


def read_public(path: Path) -> str:
    """The public key in a file, in hexadecimal. Raises UnusableKey."""
    try:
        return _checked(path.read_text().strip())
    except (OSError, ValueError) as problem:
        raise UnusableKey(f"{path}: {problem}") from None


def name_of(public: Ed25519PublicKey) -> str:
    """A public key in hexadecimal, which is also its name."""
    return public.public_bytes_raw().hex()


def is_signed(public: str, signature: str, text: str) -> bool:
    """True if the signature of the text was made with the other half of a public key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _checked(public: str) -> str:
    if len(bytes.fromhex(public)) != 32:
        raise ValueError("a public key has 64 hexadecimal digits")
    return public.lower()


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as problem:
        raise UnusableKey(f"{path}: {problem}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"{path}: an Ed25519 key is wanted")
    return key


def _private_text(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _place(path: Path, content: bytes) -> None:
    # A link appears whole or not at all, and never replaces a key made meanwhile.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    files.sync_folder(path.parent)
