"""FLT-16: everything in one file while the desk goes on, and all of it back, on both databases."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

from tests.house import running

pytestmark = pytest.mark.database
HOUSE = Path(__file__).parents[2]
URL = os.environ.get("COMMONDESK_DATABASE_URL", "")
SPAN = 240.0


@dataclass(frozen=True)
class Place:
    """A data folder, and on PostgreSQL a database of its own; empty at first."""

    data: Path
    environment: dict[str, str]

    def run(self, *words: str, largest_file: int = 0) -> subprocess.CompletedProcess[str]:
        """A command of ours, or of the laden desk; it may be kept from writing large files."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=HOUSE,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SPAN,
            check=False,
            preexec_fn=limit if largest_file else None,
        )

    def does(self, *words: str) -> str:
        outcome = self.run(*words)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout

    def backs_up(self, file: Path, *more: str) -> str:
        return self.does("commondesk.cli", "backup", str(file), *more)

    def restores(self, file: Path) -> str:
        return self.does("commondesk.cli", "restore", str(file))

    def is_empty(self) -> bool:
        """No database, no file but the key that every start makes."""
        files = {each.name for each in self.data.rglob("*")} - {"secret-key"}
        return not files and not (URL and tables_of(self.environment["COMMONDESK_DATABASE_URL"]))


def place(folder: Path, *, url: str | None = None) -> Place:
    folder.mkdir(parents=True, exist_ok=True)
    more = {"COMMONDESK_DNS": "127.0.0.1:9", "COMMONDESK_LOG": "ERROR"}
    if URL and url is None:
        more["COMMONDESK_DATABASE_URL"] = a_database()
    environment = running.surroundings(folder, more)
    environment["DJANGO_SETTINGS_MODULE"] = "commondesk.site.settings"
    data = Path(environment["COMMONDESK_DATA"])
    data.mkdir()
    return Place(data, environment)


def a_database() -> str:
    name = f"backup_{uuid4().hex}"
    with psycopg.connect(URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
    return urlunsplit(urlsplit(URL)._replace(path=f"/{name}"))


def tables_of(url: str) -> list[object]:
    with psycopg.connect(url) as database:
        found = database.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
        return list(found.fetchall())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A company with ten tickets, notes, files and mails. Some tests let it do more."""
    found = place(tmp_path_factory.mktemp("desk"))
    found.does("tests.house.laden", "build")
    return found


@pytest.fixture(scope="module")
def file(desk: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backups") / "desk.tar.gz"
    desk.backs_up(path)
    return path


def manifest_of(file: Path) -> dict[str, Any]:
    with tarfile.open(file) as tar:
        content = tar.extractfile("manifest.json")
        assert content
        found: dict[str, Any] = json.load(content)
        return found


@contextmanager
def under_load(desk: Place, tmp_path: Path) -> Iterator[None]:
    loader = subprocess.Popen(
        [sys.executable, "-m", "tests.house.laden", "load", str(tmp_path)],
        cwd=HOUSE,
        env=desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not (tmp_path / "running").exists() and loader.poll() is None:
        assert time.monotonic() < end, "the load never began"
        time.sleep(0.1)
    yield
    assert loader.poll() is None, loader.communicate()
    (tmp_path / "stop").touch()
    out, err = loader.communicate(timeout=60)
    tickets, mails = map(int, out.split())
    assert loader.returncode == 0 and tickets >= 5 and mails >= 5, (out, err)


@pytest.mark.timeout(600)
def test_five_backups_under_load_come_back_whole(desk: Place, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.tar.gz" for number in range(5)]
    with under_load(desk, tmp_path):
        for each in files:
            desk.backs_up(each)
    heads = [manifest_of(each)["heads"] for each in files]
    sequences = [head[0] for each in heads for head in each.values()]
    assert sequences == sorted(set(sequences)), "each was taken at another instant"
    for each in files:
        back = place(tmp_path / each.stem)
        out = back.restores(each)
        assert "restored, verified and whole" in out and "equal to the record" in out
        for company, (sequence, digest) in manifest_of(each)["heads"].items():
            told = (f"{company}: sound", f"head: entry {sequence} {digest}")
            assert all(line in out for line in told)


def test_what_came_back_works_and_can_be_backed_up_again(
    desk: Place, file: Path, tmp_path: Path
) -> None:
    back, again = place(tmp_path / "back"), place(tmp_path / "again")
    back.restores(file)
    second = tmp_path / "second.tar.gz"
    back.backs_up(second)
    assert "verified and whole" in again.restores(second)
    assert "sound" in again.does("commondesk.cli", "verify")
    stop = tmp_path / "load"
    stop.mkdir()
    (stop / "stop").touch()
    again.does("tests.house.laden", "load", str(stop))
    counts = [manifest_of(each)["counts"] for each in (file, second)]
    assert counts[0] == counts[1]


def test_what_an_older_version_made_is_made_anew(tmp_path: Path) -> None:
    source, file = place(tmp_path / "source"), tmp_path / "desk.tar.gz"
    source.does("tests.house.laden", "build")
    source.does("tests.house.laden", "older")
    assert "differences" in source.run("commondesk.cli", "replay", "--check").stdout
    source.backs_up(file)
    back = place(tmp_path / "back")
    assert "verified and whole" in back.restores(file)
    source.does("django", "prepare_site")
    source.does("commondesk.cli", "replay", "--check")


def test_keys_come_along_only_when_asked_for(desk: Place, file: Path, tmp_path: Path) -> None:
    private = {"keys/anchor.key", "secret-key"}
    assert private.isdisjoint(manifest_of(file)["members"])
    whole = tmp_path / "whole.tar.gz"
    assert "private keys" in desk.backs_up(whole, "--with-keys")
    assert private <= set(manifest_of(whole)["members"])
    back = place(tmp_path / "back")
    back.restores(whole)
    for name in private:
        assert (back.data / name).read_bytes() == (desk.data / name).read_bytes()


def test_a_file_is_for_its_owner_and_is_never_written_over(
    desk: Place, file: Path, tmp_path: Path
) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    outcome = desk.run("commondesk.cli", "backup", str(file))
    assert (outcome.returncode, file.read_bytes()) == (2, before)
    assert "exists already" in outcome.stderr
    desk.backs_up(tmp_path)
    (named,) = tmp_path.glob("commondesk-*.tar.gz")
    assert sorted(tmp_path.iterdir()) == [named]


def test_a_place_that_is_not_empty_is_left_as_it_is(
    desk: Place, file: Path, tmp_path: Path
) -> None:
    before = desk.does("commondesk.cli", "verify")
    outcome = desk.run("commondesk.cli", "restore", str(file))
    assert outcome.returncode == 2 and "there is a desk here already" in outcome.stderr
    assert desk.does("commondesk.cli", "verify") == before
    littered = place(tmp_path)
    (littered.data / "files" / "ab").mkdir(parents=True)
    (littered.data / "files" / "ab" / "something").touch()
    outcome = littered.run("commondesk.cli", "restore", str(file))
    assert outcome.returncode == 2 and "holds files" in outcome.stderr
    assert not list(littered.data.glob("*.sqlite3"))


def test_an_empty_place_is_not_backed_up(tmp_path: Path) -> None:
    outcome = place(tmp_path / "none").run("commondesk.cli", "backup", str(tmp_path / "x"))
    assert outcome.returncode == 2 and "there is no desk here" in outcome.stderr


def test_the_other_kind_of_database_is_refused(file: Path, tmp_path: Path) -> None:
    file, back = copied(file, tmp_path), place(tmp_path / "back")
    other = "sqlite" if URL else "postgresql"
    rewritten(file, lambda manifest: manifest | {"kind": other})
    outcome = back.run("commondesk.cli", "restore", str(file))
    assert outcome.returncode == 2 and f"this backup is of {other}" in outcome.stderr
    assert back.is_empty()


def test_a_newer_database_is_refused(file: Path, tmp_path: Path) -> None:
    file, back = copied(file, tmp_path), place(tmp_path / "back")
    rewritten(file, lambda all_: all_ | {"migrations": [*all_["migrations"], ["desk", "9999_x"]]})
    outcome = back.run("commondesk.cli", "restore", str(file))
    assert outcome.returncode == 2 and "newer Commondesk (desk.9999_x)" in outcome.stderr
    assert back.is_empty()


def test_other_numbers_of_rows_are_refused(file: Path, tmp_path: Path) -> None:
    file, back = copied(file, tmp_path), place(tmp_path / "back")
    rewritten(file, lambda all_: all_ | {"counts": all_["counts"] | {"desk_ticketrow": 7}})
    outcome = back.run("commondesk.cli", "restore", str(file))
    assert outcome.returncode == 2 and "the manifest says 7" in outcome.stderr
    assert back.is_empty()


def copied(file: Path, folder: Path) -> Path:
    return Path(shutil.copy(file, folder / "copy.tar.gz"))


def rewritten(file: Path, change: Callable[[Any], Any]) -> None:
    """The archive with another manifest that is sealed as it should be."""
    import hashlib
    import io

    draft = file.with_suffix(".draft")
    with tarfile.open(file) as source, tarfile.open(draft, "w:gz") as target:
        for info in source:
            extracted = source.extractfile(info)
            assert extracted
            content = extracted.read()
            if info.name == "manifest.json":
                content = json.dumps(change(json.loads(content))).encode()
                seal = hashlib.sha256(content).hexdigest().encode()
            elif info.name == "manifest.sha256":
                content = seal
            info.size = len(content)
            target.addfile(info, io.BytesIO(content))
    draft.replace(file)


def test_a_mail_that_is_tidied_away_meanwhile_does_no_harm(desk: Place, tmp_path: Path) -> None:
    file, back = tmp_path / "desk.tar.gz", place(tmp_path / "back")
    desk.does("tests.house.laden", "tidied", str(file))
    assert len(manifest_of(file)["gone"]) == 1 and not manifest_of(file)["missing"]
    assert "verified and whole" in back.restores(file)


def test_words_that_are_erased_meanwhile_are_not_in_it(desk: Place, tmp_path: Path) -> None:
    source = place(tmp_path / "source")
    source.does("tests.house.laden", "build")
    file, back = tmp_path / "desk.tar.gz", place(tmp_path / "back")
    outcome = source.run("tests.house.laden", "erased", str(file))
    assert outcome.returncode == 0, outcome.stderr
    assert "beginning anew" in outcome.stderr
    assert not manifest_of(file)["missing"]
    out = back.restores(file)
    assert "verified and whole" in out and " 0 erased" not in out
    for member in (each for each in back.data.rglob("*") if each.is_file()):
        assert b"The words of Ticket 0." not in member.read_bytes()


def test_whoever_erases_words_is_told_which_backups_hold_them(desk: Place, file: Path) -> None:
    manifest = manifest_of(file)
    prefix = desk.does("commondesk.cli", "verify").split()[0]
    erase = ("erase", "--company", prefix, "--person", str(uuid4()), "--ground", "x", "--yes")
    assert desk.does("commondesk.cli", *erase) == "there is nothing to erase\n"
    words = next(iter((desk.data / "files").glob("*/*"))).name
    out = desk.does("commondesk.cli", "erase", "--words", words, "--ground", "asked", "--yes")
    assert f"{file}, to be deleted at {manifest['delete_at']}" in out


@pytest.mark.parametrize("largest", [1_000, 30_000])
def test_a_full_disk_leaves_no_half_backup(desk: Place, tmp_path: Path, largest: int) -> None:
    # Nobody may write a larger file: that fails in the middle, as on a full disk.
    outcome = desk.run("commondesk.cli", "backup", str(tmp_path / "x.tar.gz"), largest_file=largest)
    assert outcome.returncode != 0 and list(tmp_path.iterdir()) == [], outcome.stderr
    assert "sound" in desk.does("commondesk.cli", "verify")


def test_a_full_disk_leaves_nothing_half_restored(file: Path, tmp_path: Path) -> None:
    back = place(tmp_path)
    outcome = back.run("commondesk.cli", "restore", str(file), largest_file=5_000)
    assert outcome.returncode == 2 and "Nothing was restored" in outcome.stderr
    assert back.is_empty()
    assert "verified and whole" in back.restores(file)
