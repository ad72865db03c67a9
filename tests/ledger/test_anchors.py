"""Signed heads outside the database."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from commondesk.core.record.events import TicketResolved
from commondesk.core.record.instant import HOUR, MINUTE
from commondesk.ledger import anchors, keys, store, verify
from tests.ledger import record
from tests.ledger.record import MONDAY

ONE_LINE = "line 1 of the anchors"


def lines(company: UUID) -> list[str]:
    return anchors.path_of(company).read_text().splitlines()


def rewrite(company: UUID, **changes: object) -> None:
    data = json.loads(lines(company)[0]) | changes
    anchors.path_of(company).write_text(json.dumps(data) + "\n")


def told(company: UUID) -> list[tuple[str, str]]:
    return record.faults(company, is_quick=True)


def test_an_anchor_is_the_signed_head(company: UUID) -> None:
    record.interleaved(company, 5)
    anchor = anchors.write(company, at=MONDAY)
    head = store.head_of(company)
    assert anchor == anchors.Anchor(company, 5, head.digest, MONDAY)
    assert anchors.last_of(company) == anchor
    assert [line.anchor for line in anchors.of_company(company)] == [anchor]


def test_the_private_key_is_its_owners_alone(company: UUID, data: Path) -> None:
    record.interleaved(company, 5)
    anchors.write(company, at=MONDAY)
    assert (data / "keys" / "anchor.key").stat().st_mode & 0o777 == 0o600
    public = (data / "keys" / "anchor.pub").read_text().strip()
    assert keys.trusted(company) == {public}
    assert json.loads(lines(company)[0])["key"] == public


def test_the_key_is_made_once(company: UUID) -> None:
    first = keys.signing_key().private_bytes_raw()
    assert keys.signing_key().private_bytes_raw() == first


def test_an_anchor_is_due_every_hour_while_the_record_grows(company: UUID) -> None:
    record.interleaved(company, 5)
    assert anchors.write_due(MONDAY) == 1
    record.add(company, "one", TicketResolved())
    assert anchors.write_due(MONDAY + HOUR - 1) == 0
    assert anchors.write_due(MONDAY + HOUR) == 1
    assert anchors.write_due(MONDAY + 9 * HOUR) == 0
    assert len(lines(company)) == 2


@pytest.mark.parametrize(
    "changes",
    [{"sequence": 4}, {"digest": "0" * 64}, {"at": "2025-03-10T08:00:00Z"}, {"signature": "00"}],
)
def test_a_forged_anchor_is_found(company: UUID, changes: dict[str, object]) -> None:
    record.interleaved(company, 5)
    anchors.write(company, at=MONDAY)
    rewrite(company, **changes)
    assert told(company) == [
        (ONE_LINE, "the signature does not fit: this line was forged or changed")
    ]


def test_an_anchor_signed_with_another_key_is_found(company: UUID, data: Path) -> None:
    record.interleaved(company, 5)
    anchors.write(company, at=MONDAY)
    for path in (data / "keys").iterdir():
        path.unlink()
    anchors.write(company, at=MONDAY + HOUR)
    ((place, what),) = told(company)
    assert place == ONE_LINE
    assert "unknown key" in what


def test_the_anchor_of_another_company_is_found(company: UUID) -> None:
    other = UUID(int=7)
    record.interleaved(company, 5)
    record.interleaved(other, 5)
    anchors.write(other, at=MONDAY)
    anchors.path_of(other).rename(anchors.path_of(company))
    assert told(company) == [(ONE_LINE, "this is the anchor of another company")]


@pytest.mark.parametrize("text", ["nonsense", "[]", "{}", '{"company":1}', "null"])
def test_a_line_that_is_no_anchor_is_found(company: UUID, text: str) -> None:
    record.interleaved(company, 5)
    anchors.append(company, [text])
    assert told(company) == [(ONE_LINE, "this is no anchor")]


def test_a_torn_last_line_is_no_fault_and_dropped_by_the_next(company: UUID) -> None:
    record.interleaved(company, 5)
    anchors.write(company, at=MONDAY)
    with anchors.path_of(company).open("a") as file:
        file.write('{"torn')
    assert told(company) == []
    anchors.write(company, at=MONDAY + MINUTE)
    assert len(lines(company)) == 2
    assert verify.verify(company).anchors == 2


def test_anchors_kept_elsewhere_can_be_used_instead(company: UUID) -> None:
    record.interleaved(company, 5)
    anchors.write(company, at=MONDAY)
    elsewhere = lines(company)
    anchors.path_of(company).unlink()
    record.cut(company, 3, is_head_adjusted=True)
    assert told(company) == []
    given = list(anchors.read(elsewhere, company, keys.trusted(company)))
    report = verify.verify(company, lines=given)
    assert [fault.place for fault in report.faults] == ["end, after entry 3"]
