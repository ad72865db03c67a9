"""Reading a ServiceNow incident log, and the command that puts it into a record."""

import csv
import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from commondesk import cli
from commondesk.accounts import directory
from commondesk.accounts.models import Company, Person
from commondesk.accounts.setup import found_company
from commondesk.cli import import_, import_log
from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Certainty, Event, Side, WordsRef
from commondesk.core.record.instant import Instant, iso_of, parse_instant
from commondesk.core.record.ticket import Status, Ticket, ticket_of
from commondesk.desk import projections
from commondesk.desk.models import TicketRow
from commondesk.ledger import store, verify
from commondesk.ledger.models import Entry
from commondesk.readers import export, servicenow_log
from commondesk.readers.export import Asked, ExportedTicket, Quality, Source, UnusableExport

SAMPLE = Path(__file__).parent / "samples" / "servicenow_log.csv"
ACME = UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
UTC = ZoneInfo("UTC")
NOW = parse_instant("2026-01-05T08:00Z")

Row = dict[str, str]


def read(
    content: bytes, zone: ZoneInfo = UTC, company: UUID = ACME
) -> tuple[list[ExportedTicket], Quality]:
    quality = Quality()
    with servicenow_log.text_of(io.BytesIO(content)) as lines:
        found = list(servicenow_log.incidents(lines, company=company, zone=zone, quality=quality))
    quality.require_sound()
    return found, quality


def sample(number: str = "INC0900001") -> ExportedTicket:
    incidents, _ = read(SAMPLE.read_bytes())
    return next(incident for incident in incidents if incident.number == number)


def rows() -> list[Row]:
    with SAMPLE.open(newline="") as file:
        return list(csv.DictReader(file))


def as_csv(rows: Iterable[Row]) -> bytes:
    listed = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(listed[0]))
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue().encode()


def changed(**values: str) -> bytes:
    """The sample with other values in its third row, which is row 4 of the file."""
    listed = rows()
    listed[2] |= values
    return as_csv(listed)


def told(incident: ExportedTicket) -> list[str]:
    """What happened, without the traces of rows: when and what."""
    return [
        f"{iso_of(draft.happened_at)[:16]} {draft.body.NAME}"
        for draft in incident.drafts
        if not isinstance(draft.body, e.RowImported)
    ]


def traces(incident: ExportedTicket) -> list[e.RowImported]:
    return [draft.body for draft in incident.drafts if isinstance(draft.body, e.RowImported)]


def first(incident: ExportedTicket, kind: type) -> Draft:
    return next(draft for draft in incident.drafts if isinstance(draft.body, kind))


def folded(incident: ExportedTicket) -> Ticket:
    drafts = incident.drafts_with(7, {"subject": WordsRef("subject", "digest")})
    ticket = ticket_of(
        Event(
            draft.stream, position, draft.happened_at, NOW, draft.certainty, draft.actor, draft.body
        )
        for position, draft in enumerate(drafts, 1)
    )
    assert ticket is not None
    return ticket


# ---- what rows mean -------------------------------------------------------------------------


def test_an_incident_becomes_the_events_that_its_rows_mean() -> None:
    assert told(sample()) == [
        "2016-07-04T09:01 ticket.opened",
        "2016-07-04T09:05 ticket.classified",
        "2016-07-04T09:05 ticket.prioritised",
        "2016-07-04T09:05 ticket.assigned",
        "2016-07-04T09:30 ticket.taken",
        "2016-07-04T10:00 wait.begun",
        "2016-07-05T08:15 wait.ended",
        "2016-07-05T08:15 ticket.prioritised",
        "2016-07-05T08:40 ticket.assigned",
        "2016-07-05T08:40 ticket.released",
        "2016-07-05T09:10 ticket.classified",
        "2016-07-05T09:10 ticket.taken",
        "2016-07-05T11:00 ticket.resolved",
        "2016-07-06T09:00 ticket.reopened",
        "2016-07-06T09:20 wait.begun",
        "2016-07-06T16:20 wait.ended",
        "2016-07-06T16:20 ticket.resolved",
        "2016-07-13T16:30 ticket.closed",
    ]


def test_its_events_add_up_to_a_closed_ticket() -> None:
    ticket = folded(sample())
    assert (ticket.status, ticket.reopens, ticket.number) == (Status.CLOSED, 1, 7)
    assert (ticket.priority, ticket.impact, ticket.urgency) == (e.Priority.P2, 2, 1)
    assert (ticket.team, ticket.item, ticket.site) == ("Print team", "Printer 4", "Harbour office")
    assert ticket.category == "Printing / Fuser"
    assert ticket.owner == export.person_id(ACME, "servicenow", "Pavel")
    assert ticket.requester == export.person_id(ACME, "servicenow", "Rita")


def test_every_row_leaves_a_trace_that_says_how_much_it_changed() -> None:
    for incident in read(SAMPLE.read_bytes())[0]:
        bodies = [draft.body for draft in incident.drafts[1:]]
        for trace in traces(incident):
            assert bodies.pop(0) == trace
            own = [bodies.pop(0) for _ in range(trace.changes)]
            assert not any(isinstance(body, e.RowImported) for body in own)
        assert bodies == []
    assert [trace.changes for trace in traces(sample())] == [3, 1, 0, 1, 2, 2, 2, 1, 1, 1, 2, 1]
    assert [(trace.row, trace.update) for trace in traces(sample())][:5] == [
        (2, 0),
        (3, 1),
        (4, 2),
        (5, 3),
        (6, 5),
    ]


def test_a_trace_is_the_readers_and_names_who_updated() -> None:
    trace = first(sample(), e.RowImported)
    assert trace.actor.side is Side.MACHINE
    assert trace.actor.id == "import:servicenow"
    assert trace.actor.on_behalf_of == export.person_id(ACME, "servicenow", "Phil")


def test_a_reopening_is_the_readers_since_no_row_tells_who_asked_for_it() -> None:
    reopened = first(sample(), e.TicketReopened)
    assert (reopened.actor.id, reopened.actor.side) == ("import:servicenow", Side.MACHINE)
    assert reopened.actor.on_behalf_of == export.person_id(ACME, "servicenow", "Rita")


def test_whoever_updates_is_the_providers_unless_the_requester() -> None:
    assert first(sample(), e.TicketTaken).actor.side is Side.PROVIDER
    listed = rows()
    listed[7]["sys_updated_by"] = "Rita"
    incidents, _ = read(as_csv(listed))
    assert first(incidents[0], e.TicketResolved).actor.side is Side.REQUESTER


def test_times_are_imported() -> None:
    assert {draft.certainty for draft in sample().drafts} == {Certainty.IMPORTED}


def test_final_values_on_early_rows_change_nothing() -> None:
    listed = rows()
    for row in listed:
        row["resolved_at"] = row["closed_at"] = "1/1/2010 00:00"
    assert [told(incident) for incident in read(as_csv(listed))[0]] == [
        told(incident) for incident in read(SAMPLE.read_bytes())[0]
    ]


def test_what_the_ticket_waits_for() -> None:
    waits = [
        draft.body.on
        for number in ("INC0900001", "INC0900002")
        for draft in sample(number).drafts
        if isinstance(draft.body, e.WaitBegun)
    ]
    assert waits == [e.WaitReason.REQUESTER, e.WaitReason.VENDOR, e.WaitReason.OTHER]


def test_an_unknown_state_changes_nothing() -> None:
    (unknown,) = [trace for trace in traces(sample("INC0900002")) if trace.state == "-100"]
    assert unknown.changes == 0
    _, quality = read(SAMPLE.read_bytes())
    assert quality.count_of("unknown_states") == 1
    assert quality.findings["unknown_states"].examples == ["-100"]


def test_missing_values_are_not_values() -> None:
    incident = sample("INC0900002")
    names = Counter(draft.body.NAME for draft in incident.drafts)
    assert not names.keys() & {"ticket.assigned", "ticket.prioritised", "ticket.classified"}
    assert incident.people == {"Unknown caller": Side.REQUESTER, "Phil": Side.PROVIDER}


def test_a_group_that_goes_missing_stays_and_an_owner_that_does_is_released() -> None:
    listed = rows()
    listed[2] |= {"assignment_group": "?", "assigned_to": "?", "priority": "?", "category": "?"}
    incidents, _ = read(as_csv(listed))
    assert "2016-07-04T09:31 ticket.released" in told(incidents[0])
    assert told(incidents[0]).count("2016-07-04T10:00 ticket.taken") == 1
    assert len([line for line in told(incidents[0]) if "ticket.assigned" in line]) == 2


def test_updates_go_by_their_count_and_never_back_in_time() -> None:
    incident = sample("INC0900003")
    assert [trace.row for trace in traces(incident)] == [24, 23, 22]
    assert told(incident)[-3:] == [
        "2016-07-10T12:40 ticket.taken",
        "2016-07-10T12:40 ticket.released",
        "2016-07-10T12:40 ticket.resolved",
    ]
    certain = [draft.certainty for draft in incident.drafts if draft.body.NAME == "ticket.resolved"]
    assert certain == [Certainty.ESTIMATED]
    assert iso_of(first(incident, e.RowImported).happened_at) == "2016-07-10T11:40:00Z"


def test_times_are_day_first_in_the_zone_that_is_given() -> None:
    incidents, quality = read(SAMPLE.read_bytes(), ZoneInfo("Europe/London"))
    assert iso_of(incidents[0].drafts[0].happened_at) == "2016-07-04T08:01:00Z"
    assert iso_of(incidents[1].drafts[0].happened_at) == "2016-02-29T23:50:00Z"
    assert quality.count_of("doubtful_times") == 0


@pytest.mark.parametrize("at", ["27/3/2016 01:30", "30/10/2016 01:30:00"])
def test_times_that_clocks_skip_or_have_twice_are_counted(at: str) -> None:
    _, quality = read(changed(sys_updated_at=at), ZoneInfo("Europe/London"))
    assert quality.count_of("doubtful_times") == 1


def test_back_from_closed_to_resolved_is_a_reopening_that_the_log_left_out() -> None:
    listed = rows()
    listed[12 + 4]["incident_state"] = "Resolved"
    incidents, _ = read(as_csv(listed))
    assert told(incidents[1])[4:6] == [
        "2016-03-01T07:00 ticket.reopened",
        "2016-03-01T07:00 ticket.resolved",
    ]


def test_ids_are_the_same_at_each_reading_and_differ_by_company() -> None:
    assert sample() == sample()
    (other, *_), _ = read(SAMPLE.read_bytes(), company=UUID(int=1))
    assert other.stream != sample().stream
    assert other.drafts[0].body != sample().drafts[0].body
    assert other.rows == sample().rows


def test_a_rows_digest_does_not_hang_on_the_order_of_columns() -> None:
    turned = [dict(reversed(row.items())) for row in rows()]
    assert read(as_csv(turned))[0][0].rows == sample().rows


def test_it_reads_packed_files_and_files_with_a_byte_order_mark() -> None:
    for content in (gzip.compress(SAMPLE.read_bytes()), b"\xef\xbb\xbf" + SAMPLE.read_bytes()):
        assert read(content)[0] == read(SAMPLE.read_bytes())[0]


def test_the_quality_of_a_file_is_told() -> None:
    _, quality = read(SAMPLE.read_bytes() + b"\n")
    assert export.told(quality)[:13] == [
        "rows read: 23 of 3 tickets",
        "read: tickets with resolved_at on rows from before it: a last value, not used: 2 "
        "(INC0900001, INC0900002)",
        "read: tickets with closed_at on rows from before it: a last value, not used: 2 "
        "(INC0900001, INC0900002)",
        "read: tickets that the other desk's own flag calls missed: 0.0% of 3. The flag has its "
        "own rules; no figure here uses it",
        "dropped: blank rows: 1",
        "repaired: rows timed before the opening or an earlier update; what they changed is dated "
        "at that one and marked as estimated: 2 (INC0900003)",
        "doubtful: updates that the file has twice, by sys_mod_count: 1 (INC0900002)",
        "doubtful: rows with an unknown state; it changes nothing: 1 (-100)",
        "doubtful: tickets closed without a resolved row: 1 (INC0900002)",
        "disagrees: tickets whose reopen_count is not what the rows show: 1 (INC0900002)",
        "disagrees: tickets whose caller_id is not what the rows show: 1 (INC0900002)",
        "absent: missing updates, by gaps in sys_mod_count: a wait or a reopening may hide there: "
        "2",
        "absent: tickets with missing updates: 2 (INC0900001, INC0900003)",
    ]


def test_useful_columns_may_be_missing() -> None:
    listed = rows()
    for row in listed:
        del row["contact_type"], row["cmdb_ci"]
    incidents, quality = read(as_csv(listed))
    opened = incidents[0].drafts[0].body
    assert isinstance(opened, e.TicketOpened)
    assert opened.channel is e.Channel.IMPORT
    assert quality.findings["absent_columns"].examples == ["contact_type", "cmdb_ci"]


def test_rows_read_together_mean_what_they_mean_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    content = changed(sys_updated_at="27/3/2016 01:30", priority="5 - Planning")
    together = read(content, ZoneInfo("Europe/London"))
    for at_once in (1, 2, 7):
        monkeypatch.setattr(servicenow_log, "AT_ONCE", at_once)
        assert read(content, ZoneInfo("Europe/London")) == together


def test_quotes_change_nothing_where_nothing_needs_them() -> None:
    out = io.StringIO()
    with SAMPLE.open(newline="") as file:
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(csv.reader(file))
    assert read(out.getvalue().encode()) == read(SAMPLE.read_bytes())


def test_a_quoted_value_may_hold_commas_quotes_and_lines() -> None:
    (ticket, *_), _ = read(changed(category='Print, "fast"\r\nor slow', subcategory="?"))
    said = [
        draft.body.category for draft in ticket.drafts if isinstance(draft.body, e.TicketClassified)
    ]
    assert 'Print, "fast"\r\nor slow' in said


@pytest.mark.parametrize("value", ["plain", "tab\there", 'quote"d', "back\\slash", "é", "a,b"])
def test_a_rows_digest_is_that_of_its_values_as_json(value: str) -> None:
    content = changed(location=value)
    row = list(csv.DictReader(io.StringIO(content.decode(), newline="")))[2]
    listed = [row[name] for name in sorted(row)]
    told = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
    assert read(content)[0][0].rows[2] == hashlib.sha256(told.encode()).hexdigest()


def test_who_keeps_no_record_reads_the_same_without_digests() -> None:
    kept, _ = read(SAMPLE.read_bytes())
    asked = Asked(ACME, UTC, is_kept=False)
    source = Source("log.csv", io.BytesIO(SAMPLE.read_bytes()))
    unkept = list(servicenow_log.tickets([source], asked, Quality()))
    assert [told(each) for each in unkept] == [told(each) for each in kept]
    assert {digest for each in unkept for digest in each.rows} == {""}
    waits = [
        draft.body.wait
        for each in unkept
        for draft in each.drafts
        if isinstance(draft.body, e.WaitBegun)
    ]
    assert len({*waits}) == len(waits) > 1


@pytest.mark.parametrize("way", ["plain", "quoted", "number last"])
def test_portions_are_whole_incidents(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servicenow_log, "PORTION", 1)
    listed = rows()
    if way == "number last":
        listed = [dict(reversed(row.items())) for row in listed]
    content = as_csv(listed)
    if way == "quoted":
        content = "\n".join(
            ",".join(f'"{cell}"' for cell in line.split(","))
            for line in content.decode().splitlines()
        ).encode()
    source = Source("log.csv", io.BytesIO(content))
    found: dict[int, list[str]] = {}
    for is_mine in (lambda place: place % 2 == 0, lambda place: place % 2 == 1):
        for portion in servicenow_log.portions([source], Asked(ACME, UTC), is_mine):
            found[portion.place] = [each.number for each in portion.tickets]
    everything = list(dict.fromkeys(row["number"] for row in listed))
    assert [found[place] for place in sorted(found)] == [[number] for number in everything]


def test_what_stands_before_damage_is_read() -> None:
    quality = Quality()
    lines = iter([*SAMPLE.read_text().splitlines(keepends=True), 'INC0900004,"New'])
    found = servicenow_log.incidents(lines, company=ACME, zone=UTC, quality=quality)
    assert [next(found).number, next(found).number] == ["INC0900001", "INC0900002"]
    with pytest.raises(UnusableExport, match="row 25: no CSV from here on"):
        list(found)


# ---- what cannot be read --------------------------------------------------------------------


def refusal(content: bytes) -> str:
    with pytest.raises(UnusableExport) as refused:
        read(content)
    return str(refused.value)


def test_planning_is_the_lowest_priority_and_counted() -> None:
    found, quality = read(changed(priority="5 - Planning"))
    bodies = [draft.body for ticket in found for draft in ticket.drafts]
    set_to = {each.priority for each in bodies if isinstance(each, e.TicketPrioritised)}
    assert e.Priority.P4 in set_to
    assert quality.count_of("planning") == 1


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("number", "?", "is missing"),
        ("number", "INC0900002", ""),
        ("incident_state", "In limbo", "'In limbo' is not known"),
        ("sys_mod_count", "two", "'two' is no whole number"),
        ("sys_mod_count", "", "is missing"),
        ("opened_at", "2016-07-04 09:01", "is no time, day first"),
        ("sys_updated_at", "31/6/2016 09:01", "is no time, day first"),
        ("sys_updated_at", "1/1/0001 00:00\x00", "holds a zero byte"),
        ("priority", "6 - Never", "does not begin with a level from 1 to 5"),
        ("impact", "High", "does not begin with a level from 1 to 4"),
        ("caller_id", "R" * 201, "is longer than 200 characters"),
        ("reopen_count", "-1", "'-1' is no whole number"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_row_and_column(
    column: str, value: str, what: str
) -> None:
    text = refusal(changed(**{column: value}))
    assert f", column {column}: " in text
    assert what in text
    if what:
        assert text.startswith("row 4, column")


def test_rows_of_one_incident_must_stand_together() -> None:
    listed = rows()
    listed.append(listed.pop(0))
    assert refusal(as_csv(listed)) == (
        "row 24, column number: INC0900001 had other rows before: sort the file by number"
    )


def test_a_missing_column_is_named_with_the_header() -> None:
    listed = rows()
    for row in listed:
        row["State"] = row.pop("incident_state")
    text = refusal(as_csv(listed))
    assert text.startswith("row 1, column incident_state: this column is missing; the header has ")
    assert "State" in text


def test_a_column_must_not_come_twice() -> None:
    content = SAMPLE.read_bytes().replace(b"made_sla", b"number", 1)
    assert refusal(content) == "row 1, column number: two columns have this name"


def test_a_row_with_too_few_fields_is_named() -> None:
    lines = SAMPLE.read_bytes().splitlines()
    lines[3] = lines[3].rpartition(b",")[0]
    assert refusal(b"\n".join(lines)) == "row 4: 23 fields, where the header has 24"


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda content: gzip.compress(content)[:-20], "damaged or ends too early"),
        (lambda content: gzip.compress(content)[:40] + b"oops", "damaged or ends too early"),
        (lambda content: content[:900] + b"\xff" + content[900:], "not UTF-8"),
        (lambda content: content + b'INC0900004,"New', "no CSV from here on"),
        (lambda content: b"", "the header has nothing"),
    ],
)
def test_damage_is_told_plainly(damage: Callable[[bytes], bytes], what: str) -> None:
    assert what in refusal(damage(SAMPLE.read_bytes()))


def test_all_problems_are_told_up_to_a_number() -> None:
    listed = [row | {"sys_mod_count": "x"} for row in rows()]
    lines = refusal(as_csv(listed)).splitlines()
    assert len(lines) == 21
    assert lines[0].startswith("row 2, column sys_mod_count")
    assert lines[-1] == "and 3 more"


@given(st.data())
def test_any_damage_ends_in_a_result_or_a_plain_refusal(data: st.DataObject) -> None:
    content = bytearray(SAMPLE.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    packed = gzip.compress(bytes(content)) if data.draw(st.booleans()) else bytes(content)
    try:
        incidents, quality = read(packed)
    except UnusableExport as refused:
        assert str(refused).startswith("row ")
    else:
        assert sum(len(traces(incident)) for incident in incidents) == quality.rows


# ---- the command ----------------------------------------------------------------------------


@pytest.fixture
def company(db: None, settings: Settings, tmp_path: Path) -> Company:
    settings.DATA = tmp_path
    company, _ = found_company(
        at=parse_instant("2016-01-04T08:00Z"),
        title="Acme & Sons",
        person_title="Anna Miller",
        address="anna@acme.example",
        password="a long enough word",
        zone="Europe/London",
    )
    return company


def command(company: Company, file: Path = SAMPLE, *more: str) -> int:
    return cli.main(["import-log", "--company", company.prefix, str(file), *more])


def names(company: Company) -> Counter[str]:
    return Counter(Entry.objects.filter(company=company.uuid).values_list("name", flat=True))


def test_the_command_puts_a_log_into_the_record(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(company) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "23 rows of 3 tickets can be read; writing them"
    assert out[-2:] == [
        "imported: tickets 3, events 61, people 6",
        "passed over, in the record already: tickets 0",
    ]
    assert "rows read: 23 of 3 tickets" in out
    assert names(company)["import.row"] == 23
    assert verify.verify(company.uuid).is_sound
    assert [*TicketRow.objects.order_by("number").values_list("subject", "status")] == [
        ("INC0900001 (imported, no subject)", "closed"),
        ("INC0900002 (imported, no subject)", "closed"),
        ("INC0900003 (imported, no subject)", "resolved"),
    ]
    assert projections.differences(company.uuid) == []


def test_everybody_it_names_becomes_known_once(company: Company) -> None:
    command(company)
    known = names(company)["person.introduced"]
    assert known == 1 + 6
    titles = set(Person.objects.values_list("title", flat=True))
    assert titles == {"Anna Miller", "Rita", "Phil", "Olga", "Pavel", "Night job", "Unknown caller"}
    assert not any(person.has_usable_password() for person in Person.objects.filter(address=None))
    ticket = TicketRow.objects.order_by("number")[0]
    assert (ticket.requester_title, ticket.owner_title) == ("Rita", "Pavel")


def test_people_are_as_the_record_alone_would_make_them(company: Company) -> None:
    command(company)
    made = memberships(company)
    company.memberships.exclude(person__address="anna@acme.example").delete()
    Person.objects.filter(address=None).delete()
    directory.restore(company.uuid)
    assert memberships(company) == made
    assert len(made) == 7


def memberships(company: Company) -> set[tuple[object, ...]]:
    columns = ("person__uuid", "person__title", "side", "team__slug", "is_active")
    return set(company.memberships.values_list(*columns))


def test_a_second_import_adds_nothing(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    command(company)
    head = store.head_of(company.uuid)
    numbers = [*TicketRow.objects.values_list("uuid", "number")]
    assert command(company) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "imported: tickets 0, events 0, people 0",
        "passed over, in the record already: tickets 3",
    ]
    assert store.head_of(company.uuid) == head
    assert [*TicketRow.objects.values_list("uuid", "number")] == numbers


def test_what_cannot_be_read_leaves_nothing(
    company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = store.head_of(company.uuid)
    listed = rows()
    listed[-1]["sys_updated_at"] = "soon"
    file = tmp_path / "broken.csv"
    file.write_bytes(as_csv(listed))
    assert command(company, file) == 2
    assert "nothing was imported.\nrow 24, column sys_updated_at: 'soon'" in capsys.readouterr().err
    assert store.head_of(company.uuid) == head


def test_a_log_that_differs_from_the_record_is_refused(
    company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(company)
    head = store.head_of(company.uuid)
    file = tmp_path / "other.csv"
    file.write_bytes(changed(made_sla="false"))
    assert command(company, file) == 2
    assert "row 2, column number: INC0900001 is in the record already" in capsys.readouterr().err
    assert store.head_of(company.uuid) == head


def test_an_interrupted_import_goes_on_where_it_stopped(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_, "BATCH", 1)
    said: list[str] = []

    def interrupt(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imported(company, NOW, interrupt)
    assert names(company)["ticket.opened"] == 2
    outcome = imported(company, NOW + 1, said.append)
    assert (outcome.tickets, outcome.passed_over) == (1, 2)
    assert names(company)["import.row"] == 23
    assert names(company)["person.introduced"] == 7
    assert verify.verify(company.uuid).is_sound


def imported(company: Company, at: Instant, tell: Callable[[str], None]) -> import_.Outcome:
    with SAMPLE.open("rb") as file:
        return import_log.import_log(company.uuid, file, zone=UTC, at=at, tell=tell)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--company", "NOBODY", str(SAMPLE)], "no company has the prefix 'NOBODY'"),
        (["--company", "ACMESO", "--zone", "Mars/Base", str(SAMPLE)], "no zone 'Mars/Base'"),
        (["--company", "ACMESO", "missing.csv"], "missing.csv: No such file"),
    ],
)
def test_wrong_words_are_answered_in_one_line(
    company: Company, capsys: pytest.CaptureFixture[str], words: list[str], what: str
) -> None:
    assert cli.main(["import-log", *words]) == 2
    assert what in capsys.readouterr().err
