"""Figures of the sample equal a hand count: the oracle steps through every minute by itself."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from commondesk.core.metrics.figure import Period
from commondesk.core.record import events as e
from commondesk.core.record.event import STREAMS_OF_THE_COMPANY, Event
from commondesk.core.record.instant import DAY, iso_of
from commondesk.governance import charters
from commondesk.ledger import store
from commondesk.review import figures, refresh
from tests.oracle.calculator import units_of
from tests.oracle.population import population_of
from tests.oracle.presets import PRESETS
from tests.sample.conftest import AT, Played
from tests.sample.hand_count import case_of, lens_of

pytestmark = pytest.mark.django_db
CLOCKS = ("response", "next_reply", "resolution")
PERIOD = Period(AT - 90 * DAY, AT)


def histories(played: Played) -> dict[str, dict[str, list[Event]]]:
    """The tickets' events, by the charter they were opened under."""
    streams: dict[str, list[Event]] = defaultdict(list)
    for each in store.read_on(played.uuid, after=0, limit=1 << 30):
        if each.event.stream not in STREAMS_OF_THE_COMPANY:
            streams[each.event.stream].append(each.event)
    found: dict[str, dict[str, list[Event]]] = defaultdict(dict)
    for stream, history in streams.items():
        assert isinstance(history[0].body, e.TicketOpened)
        found[history[0].body.charter][stream] = history
    return found


def counted_by_hand(played: Played, lens: str) -> dict[str, tuple[int, int]]:
    """By clock: met, and judged, of all that was due or ended in the period."""
    period = {"from": iso_of(PERIOD.start), "until": iso_of(PERIOD.end)}
    ruling = charters.charter_for(played.uuid, AT)
    assert ruling is not None
    written = charters.charter_part(charters.document_of(ruling))["lens"]
    assert isinstance(written, dict)
    wanted = lens_of(written) if lens == "contract" else PRESETS[lens]
    counted: Counter[tuple[str, str]] = Counter()
    for charter, tickets in histories(played).items():
        case = case_of(played.uuid, charter, tickets, AT)
        for unit in population_of(units_of(case, wanted, case["now"]), wanted, period):
            counted[unit["clock"], unit["verdict"]] += 1
    return {
        clock: (
            counted[clock, "met"] + counted[clock, "met_so_far"],
            sum(counted[clock, each] for each in ("met", "met_so_far", "missed")),
        )
        for clock in CLOCKS
    }


@pytest.mark.parametrize("lens", ["contract", "experienced"])
def test_attainment_equals_the_hand_count(played: Played, lens: str) -> None:
    refresh.rebuild(played.uuid, AT)
    sheet = figures.sheet_of(played.uuid, PERIOD, at=AT)
    for clock, (met, judged) in counted_by_hand(played, lens).items():
        figure = sheet.attainment(e.ClockName(clock), lens)
        assert judged > 0, clock
        assert figure.value == met / judged, clock
