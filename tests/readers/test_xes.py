"""Reading XES event logs.

The sample is made up, in the format of IEEE 1849 (https://www.xes-standard.org/).
"""

import gzip
import tracemalloc

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.event import Side
from commondesk.core.record.ticket import Status
from commondesk.readers import export, xes
from commondesk.readers.export import ExportedTicket, Support, UnusableExport
from tests.readers.exports import (
    ACME,
    SAMPLES,
    assert_orderly,
    bodies,
    damaged,
    folded,
    guessed,
    read,
    refusal,
    sources,
    told,
    words_from,
)

SAMPLE = (SAMPLES / "xes" / "log.xes").read_bytes()
MAPPING = (SAMPLES / "xes" / "mapping.yaml").read_text()


def sample(place: int = 0) -> ExportedTicket:
    return read(xes, SAMPLE, mapping=MAPPING)[0][place]


def changed(old: str, new: str) -> bytes:
    """The sample with a text in it replaced, once."""
    assert old.encode() in SAMPLE
    return SAMPLE.replace(old.encode(), new.encode(), 1)


# ---- what events mean -----------------------------------------------------------------------


def test_a_trace_becomes_the_events_that_the_mapping_says() -> None:
    assert told(sample()) == [
        "03-10T09:00 requester ticket.opened",
        "03-10T09:00 machine ticket.assigned",
        "03-10T09:00 requester message.received",
        "03-10T09:00 machine message.written",
        "03-10T09:00 machine message.delivered",
        "03-10T09:19 provider ticket.taken",
        "03-10T09:20 provider message.written",
        "03-10T09:20 machine message.delivered",
        "03-10T09:21 provider wait.begun",
        "03-10T11:00 provider wait.ended",
        "03-10T11:10 provider ticket.assigned",
        "03-11T09:00 provider ticket.resolved",
        "03-12T08:00 provider ticket.reopened",
        "03-12T10:00 provider ticket.resolved",
        "03-22T10:00 machine ticket.closed",
    ]


def test_its_events_add_up_to_the_ticket() -> None:
    ticket = folded(sample())
    assert (ticket.status, ticket.reopens, ticket.team) == (Status.CLOSED, 1, "Yard team")
    assert ticket.owner == export.person_id(ACME, "xes", "Paul Berg")
    assert ticket.requester == export.person_id(ACME, "xes", "Rita Lind")
    assert sample().subject == "T-1 (imported, no subject)"
    assert sample().people == {
        "Rita Lind": Side.REQUESTER,
        "Paul Berg": Side.PROVIDER,
        "Pia Holm": Side.PROVIDER,
    }


def test_a_program_is_no_person_and_nobody_of_the_desk_is_the_requester() -> None:
    ticket = sample()
    assert len(words_from(ticket, Side.MACHINE, e.MessageWritten)) == 1
    assert len(words_from(ticket, Side.PROVIDER, e.MessageWritten)) == 1
    assert words_from(ticket, Side.PROVIDER, e.MessageReceived) == []


def test_only_the_completion_of_an_activity_counts() -> None:
    assert len(bodies(sample(), e.TicketTaken)) == 1
    _, quality = read(xes, SAMPLE, mapping=MAPPING)
    assert quality.findings["steps"].examples == ["start"]


def test_events_are_put_in_order_of_time_and_that_is_told() -> None:
    assert told(sample(1)) == [
        "03-11T09:00 requester ticket.opened",
        "03-11T09:00 requester message.received",
        "03-11T09:30 provider ticket.assigned",
    ]
    tickets, quality = read(xes, SAMPLE, mapping=MAPPING)
    assert_orderly(tickets, "xes")
    assert quality.findings["order"].examples == ["T-2"]
    assert quality.findings["empty"].examples == ["T-3"]
    assert quality.findings["no_requester"].examples == ["T-2"]


def test_packed_logs_are_read_alike_and_both_are_recognised() -> None:
    packed = gzip.compress(SAMPLE)
    assert read(xes, packed, mapping=MAPPING)[0] == read(xes, SAMPLE, mapping=MAPPING)[0]
    assert guessed(packed) == guessed(SAMPLE) == "xes"


def test_memory_does_not_grow_with_the_log() -> None:
    def peak(times: int) -> int:
        start, _, rest = SAMPLE.partition(b"  <trace>")
        trace = b"  <trace>" + rest.partition(b"</trace>")[0] + b"</trace>"
        traces = [trace.replace(b"T-1", b"T-%d" % each) for each in range(times)]
        log = start + b"\n".join(traces) + b"</log>"
        tracemalloc.start()
        quality = export.Quality()
        for _ in xes.tickets(sources(log), export.Asked(ACME, None, MAPPING), quality):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(150) < 2 * peak(15)


# ---- the mapping ----------------------------------------------------------------------------


def test_without_a_mapping_nothing_is_guessed() -> None:
    assert "must be said in a mapping" in refusal(xes, SAMPLE)


def test_a_mapping_is_proposed_for_every_activity_and_must_be_completed() -> None:
    text = xes.proposed(sources(SAMPLE)[0])
    activities = yaml.safe_load(text)["activities"]
    assert yaml.safe_load(text)["requester"] == "caller"
    assert activities == {
        "Accepted+In Progress": "open",
        "Answered": "?",
        "Work": "open",
        "Asked": "?",
        "Completed+Resolved": "resolved",
        "Accepted+Wait - User": "waiting requester",
        "Completed+Closed": "closed",
    }
    assert "activities.Asked: '?' means nothing" in refusal(xes, SAMPLE, mapping=text)


def test_an_activity_without_a_meaning_is_named() -> None:
    mapping = MAPPING.replace('  "Completed+Closed": closed\n', "")
    assert refusal(xes, SAMPLE, mapping=mapping) == (
        "row 1, column concept:name: the mapping does not say what 'Completed+Closed' means"
    )


def test_what_a_mapping_cannot_tell_is_told() -> None:
    mapping = MAPPING.replace("reply", "nothing").replace("taken", "nothing")
    _, quality = read(xes, SAMPLE, mapping=mapping)
    assert quality.carries["time.response"].support is Support.NONE
    assert quality.carries["ownerless"].support is Support.NONE


@pytest.mark.parametrize(
    ("mapping", "what"),
    [
        ("[", "the mapping is no YAML"),
        ("- a", "must say what activities mean"),
        ("activities: 5", "must say what activities mean"),
        (MAPPING + "colour: blue", "column colour: the mapping has no such field"),
        (MAPPING.replace("resolved", "resolvd", 1), "Did you mean 'resolved'?"),
        (MAPPING.replace("[Mailer]", "Mailer"), "column machines: wants a list of names"),
        (MAPPING.replace("caller", "[]"), "column requester: wants the name of an attribute"),
        ("a" * 2_000_000, "longer than"),
    ],
)
def test_a_wrong_mapping_is_told(mapping: str, what: str) -> None:
    assert what in refusal(xes, SAMPLE, mapping=mapping)


# ---- damage ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (SAMPLE[:900], "no XML from here on (line"),
        (gzip.compress(SAMPLE)[:200], "damaged or ends too early"),
        (SAMPLE.replace(b"</event>", b"", 1), "no XML from here on (line"),
        (b"<html></html>", "the first element is <html>, not <log>"),
        (b"<log>" + b"<a>" * 200, "row 1: is nested too deeply"),
        (b"", "no XML"),
        (changed("<!-- A made-up log. -->", '<!DOCTYPE log [<!ENTITY a "b">]>'), "declares entit"),
        (changed('encoding="UTF-8"', 'encoding="KLINGON"'), ""),
        (changed('<string key="concept:name" value="T-2"/>', ""), "concept:name: is missing"),
        (changed('value="T-2"', 'value="T-1"'), "the trace 'T-1' stands twice"),
        (changed('value="2025-03-10T10:19:00.000+01:00"', 'value="noon"'), "'noon' is no time"),
        (changed('<date key="time:timestamp" value="2025-03-10T10:19:00.000+01:00"/>', ""), "time"),
        (changed('key="org:resource"', 'key="concept:name"'), "attribute 'concept:name' twice"),
        (changed('value="Pia Holm"', f'value="{"P" * 301}"'), "is longer than 300 characters"),
        (changed("Harbour", "\0"), "no XML from here on"),
    ],
)
def test_damage_is_told_plainly(content: bytes, what: str) -> None:
    assert what in refusal(xes, content, mapping=MAPPING)


def test_the_traces_before_a_break_are_read() -> None:
    cut = SAMPLE.index(b"T-2")
    for content in (SAMPLE[:cut], gzip.compress(SAMPLE[:cut])[:-8]):
        found, quality = read(xes, content, mapping=MAPPING)
        assert [ticket.number for ticket in found] == ["T-1"]
        assert quality.count_of("broken_off") == 1


def test_times_without_a_zone_are_told() -> None:
    content = changed("2025-03-11T09:30:00Z", "2025-03-11T09:30:00")
    _, quality = read(xes, content, mapping=MAPPING)
    assert quality.findings["zone"].sort == "doubtful"


@settings(deadline=None)
@given(damaged(SAMPLE))
def test_any_damage_ends_in_a_result_or_a_plain_refusal(content: bytes) -> None:
    _end_well(content, MAPPING)


@settings(deadline=None)
@given(damaged(MAPPING.encode()), st.sampled_from([SAMPLE]))
def test_so_does_damage_to_the_mapping(mapping: bytes, content: bytes) -> None:
    _end_well(content, mapping.decode(errors="replace"))


def _end_well(content: bytes, mapping: str) -> None:
    try:
        tickets, _ = read(xes, content, mapping=mapping)
    except UnusableExport as refused:
        assert str(refused)
    else:
        assert_orderly(tickets, "xes")
