"""A damaged archive is refused by the name of the member that is wrong, and nothing is unpacked."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from commondesk.ledger import archive
from commondesk.ledger.archive import Damaged, Writer

ONE = "files/1d/1da91a0f-7c9c-4ce2-a98d-e685e224dc38"
TWO = "anchors/21387e0e-b2f8-4ef7-b557-e736dd1379b0.jsonl"
MAIL = f"mail/raw/ab/{'ab' * 32}"
MEMBERS = {"database.sqlite3": b"SQLite " * 5000, ONE: b"a file" * 100, MAIL: b"", TWO: b"{}\n"}
ALL = [*MEMBERS, archive.MANIFEST, archive.SEAL]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar.gz"
    with path.open("wb") as out:
        writer = Writer(out)
        for name, content in MEMBERS.items():
            writer.add(name, content)
        writer.finish({"kind": "sqlite"})
    return path


def test_a_whole_archive_is_read_and_unpacked(file: Path, tmp_path: Path) -> None:
    found = archive.checked(file)
    assert found.manifest["kind"] == "sqlite" and list(found.members) == sorted(MEMBERS)
    folder = tmp_path / "out"
    archive.unpack(file, found, folder)
    unpacked = {
        str(each.relative_to(folder)): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }
    assert unpacked == MEMBERS


@pytest.mark.parametrize("name", [each for each in ALL if each != MAIL])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_flipped_bit_is_told_by_name(file: Path, name: str, place: str) -> None:
    plain = bytearray(gzip.decompress(file.read_bytes()))
    with tarfile.open(fileobj=io.BytesIO(bytes(plain))) as tar:
        info = tar.getmember(name)
    offset = {"first": 0, "middle": info.size // 2, "last": info.size - 1}[place]
    plain[info.offset_data + offset] ^= 0x10
    file.write_bytes(gzip.compress(bytes(plain)))
    told = archive.MANIFEST if name == archive.SEAL else name
    assert refused(file).member == told


@pytest.mark.parametrize("name", ALL)
def test_a_header_that_was_changed_is_refused(file: Path, name: str) -> None:
    plain = bytearray(gzip.decompress(file.read_bytes()))
    with tarfile.open(fileobj=io.BytesIO(bytes(plain))) as tar:
        info = tar.getmember(name)
    for offset in range(0, 265, 7):
        changed = bytearray(plain)
        changed[info.offset + offset] ^= 0x04
        file.write_bytes(gzip.compress(bytes(changed)))
        refused(file)


@pytest.mark.parametrize("name", ALL)
def test_a_truncated_archive_is_refused(file: Path, name: str) -> None:
    plain = gzip.decompress(file.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        info = tar.getmember(name)
    for end in (info.offset, info.offset + 100, info.offset_data + info.size // 2):
        file.write_bytes(gzip.compress(plain[:end]))
        assert refused(file).member in {name, archive.MANIFEST, archive.SEAL, "the beginning", *ALL}


def test_any_cut_of_the_file_is_refused_and_no_flip_changes_what_is_read(file: Path) -> None:
    whole, right = file.read_bytes(), archive.checked(file)
    for end in range(0, len(whole) - 1, max(1, len(whole) // 60)):
        file.write_bytes(whole[:end])
        refused(file)
    refusals = 0
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0x01
        file.write_bytes(changed)
        try:
            # Zipped in other words, it may still say the same: then it is the same.
            assert archive.checked(file) == right
        except Damaged:
            refusals += 1
    assert refusals > len(whole) * 0.8


def test_what_follows_the_end_is_refused(file: Path) -> None:
    with file.open("ab") as out:
        out.write(b"something more")
    refused(file)


def refused(file: Path) -> Damaged:
    with pytest.raises(Damaged) as caught:
        archive.checked(file)
    assert caught.value.member
    return caught.value


# ---- archives made by others --------------------------------------------------------------


def forged(path: Path, add: Callable[[tarfile.TarFile], None], names: list[str]) -> Path:
    """An archive with a sound manifest for members that were added by hand."""
    with tarfile.open(path, "w:gz") as tar:
        add(tar)
        empty = [0, hashlib.sha256(b"").hexdigest()]
        manifest = {
            "format": archive.FORMAT,
            "version": archive.VERSION,
            "members": dict.fromkeys(names, empty),
        }
        text = json.dumps(manifest).encode()
        put(tar, archive.MANIFEST, text)
        put(tar, archive.SEAL, hashlib.sha256(text).hexdigest().encode())
    return path


def put(tar: tarfile.TarFile, name: str, content: bytes = b"", **more: object) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in more.items():
        setattr(info, field, value)
    tar.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "files/../../evil",
        "files/1d/../../../../evil",
        "keys/../../evil.pub",
        "files/1d",
        "files\\1d",
        "./database.sqlite3",
        "tables/A.copy",
        "tables/../x.copy",
        f"{ONE}/x",
        f"{ONE}\n",
        "a" * 5000,
        "",
    ],
)
def test_a_name_that_is_none_of_ours_is_refused(tmp_path: Path, name: str) -> None:
    refused(forged(tmp_path / "x.tar.gz", lambda tar: put(tar, name), [name]))


@pytest.mark.parametrize(
    "kind",
    [
        *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE),
        *(tarfile.CHRTYPE, tarfile.BLKTYPE),
    ],
)
def test_only_plain_files_are_let_by(tmp_path: Path, kind: bytes) -> None:
    def add(tar: tarfile.TarFile) -> None:
        put(tar, ONE, type=kind, linkname="/etc/passwd")

    assert refused(forged(tmp_path / "x.tar.gz", add, [ONE])).member == ONE


def test_a_member_that_stands_twice_is_refused(tmp_path: Path) -> None:
    def add(tar: tarfile.TarFile) -> None:
        put(tar, ONE)
        put(tar, ONE)

    assert refused(forged(tmp_path / "x.tar.gz", add, [ONE])).member == ONE


def test_a_member_that_is_missing_or_not_told_of_is_named(tmp_path: Path) -> None:
    nothing = forged(tmp_path / "x.tar.gz", lambda tar: None, [ONE])
    assert refused(nothing).member == ONE
    more = forged(tmp_path / "y.tar.gz", lambda tar: put(tar, ONE), [])
    assert refused(more).member == ONE


def test_what_is_no_archive_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for content in (
        b"",
        b"PK\x03\x04",
        b"\x1f\x8b",
        gzip.compress(b""),
        gzip.compress(b"x" * 9999),
    ):
        path.write_bytes(content)
        refused(path)
