"""An archive of a whole installation: a tar file whose every member is named, sized and hashed.

The manifest comes last, as it tells what was written, and after it the hash of the manifest itself.
Nothing of an archive is used before all of it was read through and found right.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

FORMAT = "commondesk backup"
VERSION = 1
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
BLOCK = 1024 * 1024
LARGEST_MANIFEST = 1024 * 1024 * 1024
COMPRESSION = 3

_HEX = "[0-9a-f]"
_UUID = f"{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"
_name = re.compile(
    rf"database\.sqlite3|tables/[a-z0-9_]{{1,63}}\.copy|anchors/{_UUID}\.jsonl"
    rf"|files/{_HEX}{{2}}/{_UUID}|mail/raw/{_HEX}{{2}}/{_HEX}{{64}}"
    rf"|keys/anchor\.(?:key|pub)|keys/{_UUID}-{_HEX}{{16}}\.pub|secret-key"
    rf"|{re.escape(MANIFEST)}|{re.escape(SEAL)}"
)
Told = Callable[[str], None]


class Damaged(ValueError):
    """An archive is not what was written. The text names the first member that is wrong."""

    def __init__(self, member: str, what: str) -> None:
        super().__init__(f"{member}: {what}")
        self.member = member


@dataclass(frozen=True, slots=True)
class Member:
    """How large a member is, and what it holds."""

    size: int
    sha256: str


# ---- writing ------------------------------------------------------------------------------


class Writer:
    """An archive that is being written."""

    def __init__(self, out: BinaryIO) -> None:
        # Without a name and a time in its head: every byte of it is checked by a sum.
        self._zip = gzip.GzipFile(
            filename="", mode="wb", compresslevel=COMPRESSION, fileobj=out, mtime=0
        )
        self._tar = tarfile.open(fileobj=self._zip, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by finish
        self.members: dict[str, Member] = {}

    def add(self, name: str, content: bytes) -> None:
        """Add bytes under a name."""
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        """Add a file that nobody changes. Raises FileNotFoundError."""
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            self._add(name, file, size)

    def _add(self, name: str, content: IO[bytes], size: int) -> None:
        if not _name.fullmatch(name) or name in self.members:
            raise ValueError(f"{name!r} cannot be a member of an archive")
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashed = _Hashed(content)
        self._tar.addfile(info, hashed)
        self.members[name] = Member(size, hashed.sha256)

    def finish(self, manifest: Mapping[str, object]) -> None:
        """Add the manifest, which tells of all members before it, and end the archive."""
        told = {name: [each.size, each.sha256] for name, each in self.members.items()}
        whole = {"format": FORMAT, "version": VERSION, **manifest, "members": told}
        text = json.dumps(whole, indent=1, sort_keys=True).encode()
        self.add(MANIFEST, text)
        self.add(SEAL, hashlib.sha256(text).hexdigest().encode())
        self._tar.close()
        self._zip.close()


class _Hashed(io.RawIOBase):
    """Hashes what is read through it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        block = self._source.read(size)
        self._digest.update(block)
        return block

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


# ---- reading ------------------------------------------------------------------------------


@dataclass
class Checked:
    """An archive that was read through and is what was written."""

    manifest: dict[str, Any]
    members: dict[str, Member] = field(default_factory=dict)


def checked(path: Path, *, told: Told = lambda _: None) -> Checked:
    """Read all of an archive. Raises Damaged, and OSError where there is none to read."""
    seen: dict[str, Member] = {}
    kept: dict[str, bytes] = {}
    for name, content in _walk(path):
        if name in seen:
            raise Damaged(name, "stands twice in the archive")
        digest, size = hashlib.sha256(), 0
        for block in content:
            digest.update(block)
            size += len(block)
            if name in (MANIFEST, SEAL):
                kept[name] = kept.get(name, b"") + block
        seen[name] = Member(size, digest.hexdigest())
        told(name)
    manifest = _manifest(kept, seen)
    members = _members(manifest)
    _compare(members, seen)
    return Checked(manifest, members)


def _manifest(kept: Mapping[str, bytes], seen: Mapping[str, Member]) -> dict[str, Any]:
    for name in (MANIFEST, SEAL):
        if name not in kept:
            last = list(seen)[-1] if seen else "nothing"
            raise Damaged(name, f"is missing: the archive was cut off after {last}")
    if kept[SEAL].decode("ascii", "replace") != seen[MANIFEST].sha256:
        raise Damaged(MANIFEST, "is not what was written, or the hash of it is not")
    try:
        manifest = json.loads(kept[MANIFEST])
    except ValueError:
        raise Damaged(MANIFEST, "cannot be read") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Damaged(MANIFEST, "is not that of a backup of Commondesk")
    if manifest.get("version") != VERSION:
        raise Damaged(MANIFEST, "is of another version: restore it with the Commondesk it came of")
    return manifest


def _members(manifest: Mapping[str, Any]) -> dict[str, Member]:
    try:
        return {
            str(name): Member(int(size), str(sha256))
            for name, (size, sha256) in manifest["members"].items()
        }
    except (KeyError, AttributeError, TypeError, ValueError):
        raise Damaged(MANIFEST, "does not tell of the members") from None


def _compare(wanted: Mapping[str, Member], seen: Mapping[str, Member]) -> None:
    for name, member in seen.items():
        if name in (MANIFEST, SEAL):
            continue
        if name not in wanted:
            raise Damaged(name, "is not in the manifest")
        if member != wanted[name]:
            raise Damaged(name, "is not what was written")
    for name in wanted:
        if name not in seen:
            raise Damaged(name, "is missing")


def unpack(path: Path, archive: Checked, folder: Path, *, told: Told = lambda _: None) -> None:
    """Write the members below a folder, but the manifest. Raises Damaged and OSError."""
    for name, content in _walk(path):
        if name in (MANIFEST, SEAL):
            continue
        # Read a second time: it might have changed since it was found right.
        wanted = archive.members.get(name)
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = hashlib.sha256()
        with place.open("xb") as file:
            for block in content:
                digest.update(block)
                file.write(block)
        if wanted is None or digest.hexdigest() != wanted.sha256:
            raise Damaged(name, "changed while it was read")
        told(name)


def _walk(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each member with its content, in order. Only plain files with names of ours are let by."""
    at = "the beginning"
    # Through gzip, which checks its sums in the end; tarfile by itself would not.
    with gzip.open(path) as plain, _told_as_damage(lambda: at):
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            for info in tar:
                at = _shown(info.name)
                if not info.isreg() or not _name.fullmatch(info.name):
                    raise Damaged(at, "has no place in a backup")
                if info.name == MANIFEST and info.size > LARGEST_MANIFEST:
                    raise Damaged(at, "is too large")
                yield info.name, _blocks(tar, info)
        while block := plain.read(BLOCK):
            if block.strip(b"\0"):
                raise Damaged("the end", "something follows that is none of the archive")


def _shown(name: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in name)[:200] or "no name"


def _blocks(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    with _told_as_damage(lambda: info.name):
        content = tar.extractfile(info)
        if content is None:
            raise Damaged(info.name, "has no content")
        left = info.size
        while block := content.read(BLOCK):
            left -= len(block)
            yield block
        if left:
            raise Damaged(info.name, "was cut off")


@contextmanager
def _told_as_damage(place: Callable[[], str]) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, EOFError) as problem:
        raise Damaged(place(), f"cannot be read there or behind it ({problem})") from None
    except OSError as problem:
        # What gzip finds wrong has no number; what the disk refuses has one.
        if problem.errno is not None:
            raise
        raise Damaged(place(), f"cannot be read there or behind it ({problem})") from None
