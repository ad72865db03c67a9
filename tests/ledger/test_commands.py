"""The record's commands, as a person at the keyboard sees them."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from commondesk import cli
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.events import WordsErased
from commondesk.ledger import anchors, files, store, words
from commondesk.ledger.models import ChainHead, Words
from tests.ledger import record
from tests.ledger.record import ANNA, MONDAY

Spoken = pytest.CaptureFixture[str]


def run(capsys: Spoken, *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


# ---- verify -------------------------------------------------------------------------------


def test_verify_says_that_all_is_well(company: UUID, capsys: Spoken) -> None:
    record.record(company)
    anchors.write(company, at=MONDAY)
    digest = store.head_of(company).digest
    assert run(capsys, "verify") == (
        0,
        f"ACME {company}: sound\n"
        "  entries: 22, anchors: 1\n"
        "  words: 23 right, 0 erased\n"
        f"  head: entry 22 {digest}\n",
        "",
    )


def test_verify_names_the_broken_place(company: UUID, capsys: Spoken) -> None:
    record.record(company)
    record.change(company, 9, happened_at=0)
    code, out, _ = run(capsys, "verify", "--company", "acme", "--quick")
    assert code == 1
    assert f"ACME {company}: BROKEN" in out
    assert "  fault: entry 9: was changed" in out
    assert "  words: not checked" in out
    assert "  note: tail not anchored since 2025-03-10T09:00:00Z: entries 1 to 22" in out


def test_verify_reads_a_record_whose_first_event_was_changed(company: UUID, capsys: Spoken) -> None:
    record.record(company)
    record.change(company, 1, body="{")
    code, out, _ = run(capsys, "verify")
    assert code == 1
    assert "  fault: entry 1: cannot be read: company.founded: the body is no JSON" in out


def test_verify_knows_a_company_by_its_anchors_alone(company: UUID, capsys: Spoken) -> None:
    record.record(company)
    anchors.write(company, at=MONDAY)
    record.entries(company).delete()
    ChainHead.objects.all().delete()
    code, out, _ = run(capsys, "verify")
    assert code == 1
    assert "end, after entry 0" in out


def test_verify_takes_anchors_and_a_key_kept_elsewhere(
    company: UUID, capsys: Spoken, data: Path, tmp_path: Path
) -> None:
    record.record(company)
    anchors.write(company, at=MONDAY)
    kept, key = tmp_path / "anchors", tmp_path / "key"
    kept.write_text(anchors.path_of(company).read_text())
    key.write_text((data / "keys" / "anchor.pub").read_text())
    asked = ("verify", "--company", company, "--anchors", kept, "--key", key)
    assert run(capsys, *asked)[0] == 0
    record.cut(company, 20, is_head_adjusted=True)
    code, out, _ = run(capsys, *asked)
    assert code == 1
    assert "truncated" in out
    key.write_text("0" * 64)
    assert "unknown key" in run(capsys, *asked)[1]
    key.write_text("nonsense")
    assert run(capsys, *asked)[0] == 2


def test_verify_with_nothing_to_verify(capsys: Spoken) -> None:
    assert run(capsys, "verify") == (0, "there is no record yet\n", "")


def test_an_unknown_company_is_told_with_the_known_ones(company: UUID, capsys: Spoken) -> None:
    record.record(company)
    code, _, told = run(capsys, "verify", "--company", "NONE")
    assert code == 2
    assert told == "commondesk: no company has the prefix or uuid 'NONE'; known: ACME\n"


# ---- erase --------------------------------------------------------------------------------


def test_erase_a_ticket(company: UUID, capsys: Spoken) -> None:
    stream = record.record(company)[0]
    code, out, _ = run(capsys, "erase", "--ticket", stream, "--ground", "asked", "--yes")
    assert code == 0
    assert "erased: 5 words" in out
    assert words.of_stream(company, stream) == ()
    assert run(capsys, "verify")[0] == 0
    again = run(capsys, "erase", "--ticket", stream, "--ground", "asked", "--yes")
    assert again[:2] == (0, "there is nothing to erase\n")


def test_erase_a_person(company: UUID, capsys: Spoken) -> None:
    record.record(company, tickets=1)
    code, out, _ = run(capsys, "erase", "--person", ANNA, "--ground", "asked", "--yes")
    assert code == 0
    assert "erased: 6 words" in out
    left = Words.objects.filter(erased_at=None).values_list("text", flat=True)
    assert sorted(str(text) for text in left) == ["Acme & Sons", "Water is on its way, 1."]
    event = store.history(company, COMPANY_STREAM)[-1]
    assert isinstance(event.body, WordsErased)
    assert event.body.ground == "asked"


def test_erase_single_words(company: UUID, capsys: Spoken) -> None:
    stream = record.record(company)[0]
    ids = words.of_stream(company, stream)[:2]
    assert run(capsys, "erase", "--words", *ids, "--ground", "asked", "--yes")[0] == 0
    assert len(words.of_stream(company, stream)) == 3


def test_erase_refuses_unknown_words_and_an_empty_ground(company: UUID, capsys: Spoken) -> None:
    stream = record.record(company)[0]
    code, _, told = run(capsys, "erase", "--words", uuid4(), "--ground", "asked", "--yes")
    assert (code, "has no words" in told) == (2, True)
    code, _, told = run(capsys, "erase", "--ticket", stream, "--ground", " ", "--yes")
    assert (code, "ground" in told) == (2, True)
    assert len(words.of_stream(company, stream)) == 5


def test_erase_asks_before(company: UUID, capsys: Spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = record.record(company)[0]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    code, _, told = run(capsys, "erase", "--ticket", stream, "--ground", "asked")
    assert (code, told) == (2, "commondesk: nothing was erased\n")
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert run(capsys, "erase", "--ticket", stream, "--ground", "asked")[0] == 0


def test_erase_wants_a_company_if_there_are_several(company: UUID, capsys: Spoken) -> None:
    stream = record.record(company)[0]
    record.found(uuid4(), prefix="OTHER")
    asked = ("erase", "--ticket", stream, "--ground", "asked", "--yes")
    code, _, told = run(capsys, *asked)
    assert (code, told) == (2, "commondesk: say which company with --company\n")
    assert run(capsys, *asked, "--company", "acme")[0] == 0


# ---- export and import --------------------------------------------------------------------


def test_export_writes_a_file_for_its_owner_alone(
    company: UUID, capsys: Spoken, tmp_path: Path
) -> None:
    record.record(company)
    out = tmp_path / "out.jsonl"
    code, said, _ = run(capsys, "export", "--company", "ACME", "--out", out)
    assert code == 0
    assert "22 entries and 23 words" in said
    assert store.head_of(company).digest in said
    assert out.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.jsonl"]


def test_export_into_no_folder_is_told(company: UUID, capsys: Spoken, tmp_path: Path) -> None:
    record.record(company)
    out = tmp_path / "nowhere" / "out.jsonl"
    code, _, told = run(capsys, "export", "--company", "ACME", "--out", out)
    assert (code, told) == (2, f"commondesk: {out}: No such file or directory\n")


def test_import_names_the_line_and_what_to_do(
    company: UUID, capsys: Spoken, tmp_path: Path
) -> None:
    record.record(company)
    out = tmp_path / "out.jsonl"
    run(capsys, "export", "--company", "ACME", "--out", out)
    code, _, told = run(capsys, "import-record", out)
    assert code == 2
    assert f"{out}, line 1: company {company} has a record here already" in told
    assert told.endswith("nothing was imported\n")
    assert run(capsys, "import-record", tmp_path / "none")[0] == 2


def test_import_gives_the_same_head(company: UUID, capsys: Spoken, tmp_path: Path) -> None:
    record.record(company)
    out = tmp_path / "out.jsonl"
    run(capsys, "export", "--company", "ACME", "--out", out)
    head = store.head_of(company)
    for row in Words.objects.filter(has_file=True):
        files.path_of(row.id).unlink()
    record.entries(company).delete()
    ChainHead.objects.all().delete()
    Words.objects.all().delete()
    code, said, _ = run(capsys, "import-record", out)
    assert code == 0
    assert head.digest in said
    assert store.head_of(company) == head
    assert run(capsys, "verify")[0] == 0
