"""A record taken elsewhere is the same record; one that was tampered with is not let in."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from commondesk.core.record.events import TicketResolved
from commondesk.ledger import anchors, files, guard, keys, store, transfer, verify, words
from commondesk.ledger.models import ChainHead, Words
from tests.ledger import record
from tests.ledger.record import AGENT, MONDAY

Line = dict[str, dict[str, object]]


@pytest.fixture
def elsewhere(
    company: UUID,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Callable[[list[str]], transfer.Moved]:
    """Import into a place that knows nothing of the company."""

    def import_(lines: list[str]) -> transfer.Moved:
        record.entries(company).delete()
        guard.set_up(connection)
        ChainHead.objects.all().delete()
        Words.objects.all().delete()
        settings.DATA = tmp_path / "elsewhere"
        with django_capture_on_commit_callbacks(execute=True):
            return transfer.import_(lines)

    return import_


Elsewhere = Callable[[list[str]], transfer.Moved]


def exported(company: UUID) -> list[str]:
    out = io.StringIO()
    transfer.export(company, out, at=MONDAY)
    return out.getvalue().splitlines(keepends=True)


def content(company: UUID) -> list[object]:
    """Everything the record holds, to be compared."""
    kept = Words.objects.filter(company=company).order_by("id")
    return [
        *store.batches(company),
        *((row.id, row.stream, row.kind, row.text, words.salt_of(row)) for row in kept),
        *(b"".join(files.blocks(row.id)) for row in kept if row.has_file),
    ]


def test_an_imported_record_is_the_same_record(company: UUID, elsewhere: Elsewhere) -> None:
    record.record(company)
    before, head = content(company), store.head_of(company)
    moved = elsewhere(exported(company))
    assert moved.head == store.head_of(company) == head
    assert moved.words == 23
    assert content(company) == before
    assert verify.verify(company).is_sound


def test_a_second_export_equals_the_first(company: UUID, elsewhere: Elsewhere) -> None:
    record.record(company)
    first = exported(company)
    elsewhere(first)
    second = exported(company)
    own_anchor = next(each for each in second if '"anchor"' in each and each not in first)
    assert [each for each in second if each != own_anchor] == first


def test_the_record_can_be_continued_elsewhere(company: UUID, elsewhere: Elsewhere) -> None:
    stream = record.record(company)[0]
    elsewhere(exported(company))
    (recorded,) = record.add(company, stream, TicketResolved())
    assert (recorded.sequence, recorded.event.position) == (23, 6)
    assert verify.verify(company).is_sound


def test_anchors_and_their_key_come_along(company: UUID, elsewhere: Elsewhere) -> None:
    record.record(company)
    lines = exported(company)
    key = json.loads(next(each for each in lines if '"anchor"' in each))["anchor"]["key"]
    moved = elsewhere(lines)
    assert moved.keys == (key,)
    assert keys.trusted(company) == {key}
    assert verify.verify(company).anchors == 1
    assert keys.trusted(UUID(int=7)) == frozenset()
    anchors.write(company, at=MONDAY)
    assert verify.verify(company).anchors == 2


def test_erased_words_stay_erased(company: UUID, elsewhere: Elsewhere) -> None:
    stream = record.record(company)[0]
    ids = words.of_stream(company, stream)
    words.erase(company, ids, ground="asked", actor=AGENT, at=MONDAY)
    elsewhere(exported(company))
    assert set(words.texts(ids).values()) == {None}
    report = verify.verify(company)
    assert report.is_sound
    assert report.words_erased == 5


def test_words_erased_while_exporting_spoil_the_export(
    company: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = record.record(company)[0]
    ids = words.of_stream(company, stream)

    def meanwhile(*_: object) -> dict[str, object]:
        words.erase(company, ids, ground="asked", actor=AGENT, at=MONDAY)
        return {}

    monkeypatch.setattr(transfer, "_header", meanwhile)
    with pytest.raises(transfer.ErasedMeanwhile, match="make another"):
        exported(company)


def test_a_company_that_has_a_record_is_refused(company: UUID) -> None:
    record.record(company)
    with pytest.raises(transfer.UnusableLine, match=r"line 1: .* has a record here already"):
        transfer.import_(exported(company))


# ---- tampered exports ---------------------------------------------------------------------


def nth(lines: list[str], kind: str, number: int) -> int:
    return [index for index, line in enumerate(lines) if line.startswith(f'{{"{kind}"')][number]


def edited(line: str, **changes: object) -> str:
    ((kind, data),) = json.loads(line).items()
    return json.dumps({kind: data | changes}) + "\n"


def change_time(lines: list[str]) -> int:
    index = nth(lines, "entry", 7)
    lines[index] = edited(lines[index], happened_at=5)
    return index


def change_digest(lines: list[str]) -> int:
    index = nth(lines, "entry", 7)
    lines[index] = edited(lines[index], digest="0" * 64)
    return index


def change_type(lines: list[str]) -> int:
    index = nth(lines, "entry", 7)
    lines[index] = edited(lines[index], position="3")
    return index


def add_field(lines: list[str]) -> int:
    index = nth(lines, "entry", 7)
    lines[index] = edited(lines[index], extra=1)
    return index


def remove_entry(lines: list[str]) -> int:
    index = nth(lines, "entry", 7)
    del lines[index]
    return index


def swap_entries(lines: list[str]) -> int:
    index = nth(lines, "entry", 7)
    lines[index], lines[index + 1] = lines[index + 1], lines[index]
    return index


def repeat_entry(lines: list[str]) -> int:
    index = nth(lines, "entry", 7)
    lines.insert(index, lines[index])
    return index + 1


def change_words(lines: list[str]) -> int:
    index = next(index for index, line in enumerate(lines) if "Water" in line)
    lines[index] = edited(lines[index], text="No water today.")
    return index


def change_file(lines: list[str]) -> int:
    index = next(index for index, line in enumerate(lines) if '"content"' in line)
    lines[index] = edited(lines[index], content="AAAA")
    return index


def break_file(lines: list[str]) -> int:
    index = next(index for index, line in enumerate(lines) if '"content"' in line)
    lines[index] = edited(lines[index], content="?")
    return index


def add_words(lines: list[str]) -> int:
    index = nth(lines, "words", 3)
    lines.insert(index, edited(lines[index], id="00000000-0000-4000-8000-000000000000"))
    return index


def break_line(lines: list[str]) -> int:
    lines[5] = lines[5][:40] + "\n"
    return 5


def add_unknown(lines: list[str]) -> int:
    lines.insert(5, '{"wish":{}}\n')
    return 5


def add_empty(lines: list[str]) -> int:
    lines.insert(5, "{}\n")
    return 5


def add_after_end(lines: list[str]) -> int:
    lines.append(lines[5])
    return len(lines) - 1


def change_header_format(lines: list[str]) -> int:
    lines[0] = json.dumps(json.loads(lines[0]) | {"version": 2})
    return 0


def change_header_company(lines: list[str]) -> int:
    lines[0] = json.dumps(json.loads(lines[0]) | {"company": str(UUID(int=7))})
    return 1


def remove_words(lines: list[str]) -> int:
    del lines[nth(lines, "words", 3)]
    lines[-1] = edited(lines[-1], words=22)
    return len(lines) - 1


def remove_end(lines: list[str]) -> int:
    del lines[-1]
    return len(lines) - 1


def wipe_words(lines: list[str]) -> int:
    """Erased, says the line; but no entry says so."""
    index = nth(lines, "words", 3)
    data = json.loads(lines[index])["words"]
    erased = {name: data[name] for name in ("id", "stream", "kind")} | {"erased_at": 5}
    lines[index] = json.dumps({"words": erased}) + "\n"
    return len(lines) - 1


def forge_anchor(lines: list[str]) -> int:
    index = nth(lines, "anchor", 0)
    lines[index] = edited(lines[index], sequence=21)
    return len(lines) - 1


@pytest.mark.parametrize(
    "tamper",
    [
        change_time,
        change_digest,
        change_type,
        add_field,
        remove_entry,
        swap_entries,
        repeat_entry,
        change_words,
        change_file,
        break_file,
        add_words,
        break_line,
        add_unknown,
        add_empty,
        add_after_end,
        change_header_format,
        change_header_company,
        remove_words,
        remove_end,
        wipe_words,
        forge_anchor,
    ],
)
def test_a_tampered_export_is_refused_whole(
    company: UUID, elsewhere: Elsewhere, tamper: Callable[[list[str]], int], tmp_path: Path
) -> None:
    record.record(company)
    lines = exported(company)
    line = tamper(lines)
    with pytest.raises(transfer.UnusableLine) as refusal:
        elsewhere(lines)
    assert refusal.value.number == line + 1
    assert store.companies() == ()
    assert not Words.objects.exists()
    assert list(files.stored()) == []
    assert not (tmp_path / "elsewhere" / "anchors").exists()
    assert not (tmp_path / "elsewhere" / "keys").exists()


def test_a_cut_export_with_its_own_end_is_refused(company: UUID, elsewhere: Elsewhere) -> None:
    record.record(company)
    lines = exported(company)
    cut = nth(lines, "entry", 20)
    end = json.dumps({"end": {"entries": 20, "words": 0}}) + "\n"
    with pytest.raises(transfer.UnusableLine, match="the head differs from the header"):
        elsewhere([*lines[:cut], end])


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(transfer.UnusableLine, match="without its end line"):
        transfer.import_([])
