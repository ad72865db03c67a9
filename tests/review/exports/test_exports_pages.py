"""An export handed over on a page: looked at apart, asked about, reviewed, and gone again."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from commondesk.accounts.models import Work
from commondesk.accounts.works import doing
from commondesk.accounts.works.kinds import CannotBeDone
from commondesk.desk import handed_exports as handed
from commondesk.desk import uploads
from commondesk.desk.models import TicketRow
from commondesk.ledger.now import instant_now
from commondesk.review.exports import apart, child, importing, views
from tests.desk.cast import Cast, make_cast

SAMPLES = Path(__file__).parents[2] / "readers" / "samples"


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path


@pytest.fixture(autouse=True)
def in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process apart does, done here; marked ones begin it really."""
    if "really_apart" in request.fixturenames:
        return

    def done(task: Mapping[str, Any], folder: Path, limits: apart.Limits, tell: apart.Tell) -> Any:
        return json.loads(json.dumps(child.answer_to(task, tell)))

    monkeypatch.setattr(apart, "done_apart", done)


@pytest.fixture
def really_apart() -> None:
    """For a test that begins the process."""


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def referent(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.referent)
    return client


def address(cast: Cast, name: str, *args: object) -> str:
    return reverse(f"exports:{name}", args=[cast.company.prefix, *args])


def hand_over(client: Client, cast: Cast, *files: tuple[str, bytes]) -> Any:
    given = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(address(cast, "upload"), {"files": given})


def handed_over(client: Client, cast: Cast, *files: tuple[str, bytes]) -> UUID:
    """The export, once the worker has looked at it."""
    answer = hand_over(client, cast, *files)
    assert answer.status_code == 302, answer.content.decode()
    work_on()
    return UUID(answer["Location"].rstrip("/").rpartition("/")[2])


def sample(name: str) -> tuple[str, bytes]:
    return name, (SAMPLES / name).read_bytes()


def work_on() -> None:
    while doing.do_due(instant_now):
        pass


def shown(client: Client, cast: Cast, uuid: UUID) -> str:
    answer = client.get(address(cast, "export", uuid))
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# ---- the way through ----------------------------------------------------------------------


@pytest.mark.usefixtures("really_apart")
def test_an_export_is_looked_at_reviewed_and_read(cast: Cast, referent: Client) -> None:
    before = TicketRow.objects.count()
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    page = text_of(shown(referent, cast, uuid))
    assert "Taken for ServiceNow: incident log (CSV)" in page
    assert "its header has number, incident_state" in page
    assert "INC0900001" in page
    referent.post(address(cast, "review", uuid), {"charter": "", "lens": ""})
    work_on()
    page = text_of(shown(referent, cast, uuid))
    assert "What this file can tell" in page
    assert "What was read, left out and repaired" in page
    told = handed.figures_of(cast.uuid, uuid)
    assert told is not None and told["format"] == "commondesk.review-pack/1"
    (export,) = handed.reviewed(cast.uuid)
    assert export.uuid == uuid
    measured = (export.made(handed.RESULT) or {})["measured"]
    assert measured["measures"]["resolved"]["tickets"] > 0
    downloaded = referent.get(address(cast, "figures", uuid))
    assert json.loads(b"".join(downloaded)) == told
    assert TicketRow.objects.count() == before


def test_a_pack_is_shown_in_a_sandbox_that_reaches_nothing(cast: Cast, referent: Client) -> None:
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    referent.post(address(cast, "review", uuid))
    work_on()
    opened = referent.get(address(cast, "pack", uuid))
    policy = opened["Content-Security-Policy"]
    assert policy.startswith("sandbox ") and "allow-same-origin" not in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert opened["Cache-Control"] == "no-store"
    assert b"<meta http-equiv" in b"".join(opened)
    saved = referent.get(address(cast, "pack", uuid), {"download": ""})
    assert saved["Content-Disposition"].startswith("attachment; ")
    assert saved["Content-Security-Policy"] == views.SANDBOX
    saved.close()


def test_a_review_speaks_the_language_of_whoever_asked(cast: Cast, referent: Client) -> None:
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    reads(cast, "fr")
    referent.post(address(cast, "review", uuid))
    work_on()
    page = text_of(shown(referent, cast, uuid))
    for words in (
        "0 % de manqués, si l’on compte les tickets.",
        "Premier signe de travail, à la place d’une première réponse",
        "tickets avec des mises à jour manquantes",
        "Il est en français et s’ouvre hors ligne.",
    ):
        assert words in page, words
    assert (
        'lang="en"' not in shown(referent, cast, uuid).partition("carries")[2].partition("taken")[0]
    )
    reads(cast, "en")
    page = text_of(shown(referent, cast, uuid))
    assert "0 % missed, if tickets are." in page
    assert "tickets with missing updates" in page
    assert "It speaks French and opens offline." in page
    pack = b"".join(referent.get(address(cast, "pack", uuid))).decode()
    assert '<html lang="fr">' in pack and "Les chiffres en un coup d’œil" in pack
    told = handed.figures_of(cast.uuid, uuid)
    assert told is not None and told["figures"]["reopens"]["title"] == "Reopened"


def reads(cast: Cast, language: str) -> None:
    cast.referent.language = language
    cast.referent.save(update_fields=["language"])


def test_a_review_goes_by_a_charter_that_is_sent(cast: Cast, referent: Client) -> None:
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    charter = SimpleUploadedFile("mine.yaml", b"charter: [")
    referent.post(address(cast, "review", uuid), {"charter_file": charter})
    work_on()
    page = text_of(shown(referent, cast, uuid))
    assert "Before it can be reviewed: charter:" in " ".join(page.split())
    assert handed.figures_of(cast.uuid, uuid) is None


# ---- tables -------------------------------------------------------------------------------


def test_a_table_shows_what_is_proposed_with_values_and_evidence(
    cast: Cast, referent: Client
) -> None:
    uuid = handed_over(referent, cast, sample("table_tickets.csv"))
    html = shown(referent, cast, uuid)
    assert "<option selected>Ticket No</option>" in html
    assert "T-1 · T-2" in html
    assert "2 can only be day first (25/03/2024 09:00 in row 4)" in html
    assert re.search(r'value="waiting requester" selected', html)
    page = text_of(html)
    assert "Its first tickets, as they are read" in page
    assert "Printer jams" in page


def test_ambiguous_dates_are_asked_and_read_as_answered(cast: Cast, referent: Client) -> None:
    uuid = handed_over(referent, cast, sample("table_ambiguous_dates.csv"))
    page = text_of(shown(referent, cast, uuid))
    assert "Nothing in the table shows it, so we ask:" in page
    refused = referent.post(address(cast, "review", uuid))
    assert refused.status_code == 422
    answer = {
        **{"rows": "ticket", "column-number": "id", "column-opened": "opened"},
        **{"column-resolved": "resolved", "dates-opened": "month-first"},
        **{"dates-resolved": "month-first", "zone": "Europe/Paris"},
    }
    referent.post(address(cast, "read-as", uuid), answer)
    work_on()
    page = text_of(shown(referent, cast, uuid))
    assert "Before it can be reviewed" not in page
    assert "2024-03-04" in page and "2024-04-03" not in page
    export = handed.export_of(cast.uuid, uuid)
    assert export is not None and export.terms.zone == "Europe/Paris"
    saved = referent.get(address(cast, "mapping", uuid)).content.decode()
    assert "opened: month-first" in saved


def test_another_column_brings_its_own_words(cast: Cast, referent: Client) -> None:
    table = b"id;opened;status;step\n1;2024-01-13 10:00;x;Parked\n2;2024-01-14 10:00;y;Neu\n"
    uuid = handed_over(referent, cast, ("wochen.csv", table))
    answer = {"rows": "ticket", "column-number": "id", "column-opened": "opened"}
    referent.post(address(cast, "read-as", uuid), answer | {"column-state": "step"})
    work_on()
    html = shown(referent, cast, uuid)
    assert 'value="Parked"' in html and "1 word is unclear" in text_of(html)
    said = {"word-states-0": "Parked", "means-states-0": "waiting vendor"}
    said |= {"word-states-1": "Neu", "means-states-1": "open"}
    referent.post(address(cast, "read-as", uuid), answer | {"column-state": "step"} | said)
    work_on()
    assert "Before it can be reviewed" not in shown(referent, cast, uuid)


# ---- files that want harm -----------------------------------------------------------------


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def test_a_csv_inside_a_zip_is_read(cast: Cast, referent: Client) -> None:
    content = zipped(log__csv=sample("servicenow_log.csv")[1])
    uuid = handed_over(referent, cast, ("log.zip", content))
    assert "Taken for ServiceNow: incident log (CSV)" in text_of(shown(referent, cast, uuid))


HOSTILE = {
    "nothing.csv": b"\0" * 4000,
    "cut.zip": zipped(a__csv=b"a,b\n" * 1000)[:300],
    "script.html": b"<script>alert(1)</script>",
    "deep.json": b"[" * 200_000,
    "entities.xes": (
        b'<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">'
        b'<!ENTITY c SYSTEM "file:///etc/passwd">]><log xes.version="1.0"><trace>&b;&c;</trace>'
        b"</log>"
    ),
    "formula.csv": b"number,opened\n=cmd|'/c calc'!A1,<img src=x onerror=alert(1)>\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_a_sentence(cast: Cast, referent: Client, name: str) -> None:
    uuid = handed_over(referent, cast, (name, HOSTILE[name]))
    assert not Work.objects.exclude(state="done").exists()
    html = shown(referent, cast, uuid)
    assert "Before it can be reviewed" in html
    assert "<img src=x" not in html and "<script>alert" not in html
    assert "root:" not in html


def test_a_name_leads_to_no_other_place_and_runs_nothing(cast: Cast, referent: Client) -> None:
    name = "../../<b>x</b>\u202e.csv"
    uuid = handed_over(referent, cast, (name, sample("servicenow_log.csv")[1]))
    export = handed.export_of(cast.uuid, uuid)
    assert export is not None
    assert [path.parent for _, path in export.paths] == [export.folder / "files"]
    assert "<b>x" not in shown(referent, cast, uuid)


@pytest.mark.usefixtures("really_apart")
def test_too_much_memory_ends_the_process_alone(
    cast: Cast, referent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "LOOKING", apart.Limits(seconds=60, memory=64 * 1024 * 1024))
    rows = "".join(f"{number},2024-01-13 10:00\n" for number in range(400_000))
    uuid = handed_over(referent, cast, ("many.csv", f"number,opened\n{rows}".encode()))
    assert "It needs more memory than it may" in text_of(shown(referent, cast, uuid))


@pytest.mark.usefixtures("really_apart")
def test_too_much_time_ends_the_process(tmp_path: Path) -> None:
    big = tmp_path / "big.csv"
    big.write_bytes(b"number,opened\n" + b"1,2024-01-13 10:00\n" * 900_000)
    task = {"do": "look", "files": [["big.csv", str(big)]], "format": "", "zone": "", "mapping": ""}
    limits = apart.Limits(seconds=1, memory=apart.GIGABYTE)
    with pytest.raises(CannotBeDone, match="time"):
        apart.done_apart(task, tmp_path, limits, lambda *_: None)


@pytest.mark.usefixtures("really_apart")
def test_a_stop_ends_the_process(tmp_path: Path) -> None:
    class Wished(Exception):
        pass

    def stop(*_: int) -> None:
        raise Wished

    big = tmp_path / "big.csv"
    big.write_bytes(b"number,opened\n" + b"1,2024-01-13 10:00\n" * 200_000)
    task = {"do": "look", "files": [["big.csv", str(big)]], "format": "", "zone": "", "mapping": ""}
    with pytest.raises(Wished):
        apart.done_apart(task, tmp_path, apart.LOOKING, stop)


def test_nobody_sends_more_than_they_may(
    cast: Cast, referent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed, "MOST_BYTES", 100_000)
    answer = hand_over(referent, cast, ("large.csv", b"x" * 300_000))
    assert answer.status_code == 422
    assert "large.csv is too much" in answer.content.decode()
    assert handed.listed(cast.uuid) == []


def test_only_who_may_hand_over_sends_large_files(
    cast: Cast, referent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 50_000)
    log = sample("servicenow_log.csv")[1]
    large = log + b"\n" * 100_000
    assert hand_over(referent, cast, ("log.csv", large)).status_code == 302
    agent = Client()
    agent.force_login(cast.agent)
    assert hand_over(agent, cast, ("log.csv", large)).status_code == 404


# ---- keeping and deleting -----------------------------------------------------------------


def test_an_export_is_deleted_with_all_that_was_made(cast: Cast, referent: Client) -> None:
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    export = handed.export_of(cast.uuid, uuid)
    assert export is not None
    referent.post(address(cast, "remove", uuid))
    assert not export.folder.exists()
    assert referent.get(address(cast, "export", uuid)).status_code == 404
    assert handed.figures_of(cast.uuid, uuid) is None


def test_exports_go_by_themselves(cast: Cast, referent: Client) -> None:
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    export = handed.export_of(cast.uuid, uuid)
    assert export is not None
    assert handed.tidy(export.goes_at - 1) == 0
    assert handed.tidy(export.goes_at + 1) == 1
    assert handed.listed(cast.uuid) == []


def test_so_many_are_kept_and_no_more(
    cast: Cast, referent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed, "MOST_KEPT", 1)
    assert hand_over(referent, cast, ("a.csv", b"a")).status_code == 302
    answer = hand_over(referent, cast, ("b.csv", b"b"))
    assert answer.status_code == 422
    assert "There is no room for it" in answer.content.decode()


def test_another_company_sees_nothing_of_it(cast: Cast, referent: Client) -> None:
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    other = cast.outsider
    client = Client()
    client.force_login(other)
    for name in ("export", "pack", "figures", "mapping", "under-way"):
        assert client.get(address(cast, name, uuid)).status_code == 404
    assert handed.figures_of(UUID(int=1), uuid) is None
    handed.remove_all(UUID(int=1))
    assert handed.export_of(cast.uuid, uuid) is not None
    handed.remove_all(cast.uuid)
    assert handed.listed(cast.uuid) == []


# ---- importing ----------------------------------------------------------------------------


def test_nothing_is_imported_without_a_clear_word(cast: Cast, referent: Client) -> None:
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    answer = referent.post(address(cast, "import", uuid))
    assert answer.status_code == 422
    assert "Say that you are sure" in answer.content.decode()
    assert not Work.objects.filter(kind="export_import").exists()


def test_the_command_imports_what_was_looked_at(
    cast: Cast, referent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuid = handed_over(referent, cast, sample("table_tickets.csv"))
    asked: list[list[str]] = []

    def command(export: handed.Export, bench: Path) -> list[str]:
        asked.append(importing_command(export, bench))
        said = (
            "print('1,005 rows of 5 tickets can be read; writing them');"
            "print('imported: tickets 4, events 9, people 2');"
            "print('passed over, in the record already: tickets 1')"
        )
        return [sys.executable, "-c", said]

    importing_command = importing.command
    monkeypatch.setattr(importing, "command", command)
    referent.post(address(cast, "import", uuid), {"sure": "yes"})
    work_on()
    (words,) = asked
    assert words[3:8] == ["commondesk.cli", "import", "--company", cast.company.prefix, "--as"]
    assert words[-2] == "--" and "--mapping" in words
    assert "4 tickets imported, 1 were there already." in text_of(shown(referent, cast, uuid))


def test_an_import_that_cannot_be_says_why(
    cast: Cast, referent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuid = handed_over(referent, cast, sample("servicenow_log.csv"))
    failing = [sys.executable, "-c", "import sys; sys.exit('row 4: is there with other rows')"]
    monkeypatch.setattr(importing, "command", lambda export, bench: failing)
    referent.post(address(cast, "import", uuid), {"sure": "yes"})
    work_on()
    assert "row 4: is there with other rows" in text_of(shown(referent, cast, uuid))


def test_the_pages_speak_french(cast: Cast, referent: Client) -> None:
    cast.referent.language = "fr"
    cast.referent.save()
    uuid = handed_over(referent, cast, sample("table_ambiguous_dates.csv"))
    page = text_of(shown(referent, cast, uuid))
    assert "Pris pour un tableau (CSV, XLSX, JSON Lines ou Parquet)" in page
    assert "Rien dans le tableau ne le montre, donc nous demandons" in page
    listed = text_of(referent.get(address(cast, "list")).content.decode())
    assert "pose des questions" in listed
