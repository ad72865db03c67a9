"""How long it takes to read every clock of a ticket of 30 events.

Run as `python benchmarks/clock.py`; prints one JSON line, processor time in milliseconds a
ticket. Each step reads ten times as many tickets as the one before, so that growth can be seen.
"""

import json
from time import process_time

from commondesk.core.service_level.clock import read_ticket
from commondesk.core.service_level.lens import CONTRACT_TEMPLATE, PRESETS
from commondesk.readers.case_file import Case, case_of

EVENTS = 30
STEPS = (100, 1_000, 10_000)


def case() -> Case:
    """A ticket as they are: raised once, three rounds of questions, a vendor, one reopen."""
    told: list[tuple[str, str, dict[str, object]]] = [
        ("03-10T09:00", "opened", {}),
        ("03-10T09:00", "prioritised", {"priority": "P3", "by": "machine"}),
        ("03-10T09:20", "taken", {}),
        ("03-10T09:30", "replied", {"asks": True}),
        ("03-10T09:30", "wait", {"on": "requester"}),
        ("03-10T14:10", "received", {}),
        ("03-10T14:10", "resume", {"on": "requester"}),
        ("03-10T15:00", "noted", {}),
        ("03-10T15:10", "prioritised", {"priority": "P2"}),
        ("03-10T15:30", "offered", {"tier": "L2"}),
        ("03-10T15:50", "accepted", {"tier": "L2", "owner": "ines"}),
        ("03-11T10:00", "replied", {}),
        ("03-11T10:30", "vendor", {"vendor": "erp-house"}),
        ("03-12T11:00", "received", {}),
        ("03-12T11:40", "replied", {"asks": True}),
        ("03-12T11:40", "wait", {"on": "requester"}),
        ("03-12T16:00", "received", {}),
        ("03-12T16:00", "resume", {"on": "requester"}),
        ("03-13T09:15", "vendor_done", {"vendor": "erp-house"}),
        ("03-13T10:00", "replied", {}),
        ("03-13T10:00", "resolved", {}),
        ("03-13T13:30", "received", {}),
        ("03-13T13:30", "reopened", {"by": "requester"}),
        ("03-14T09:00", "resolved", {}),
    ]
    events = [{"at": f"2025-{at}Z", "did": did, **more} for at, did, more in told]
    return case_of(
        {
            "now": "2025-03-20T00:00Z",
            "calendars": {
                "office": {
                    "zone": "Europe/Berlin",
                    "week": {"mon-fri": "08:00-12:00, 13:00-17:30"},
                    "holidays_of": {"country": "DE", "subdivision": "BE"},
                }
            },
            "charter": {
                "targets": [
                    {"priority": "P2", "response": "1h", "resolution": "8h", "restore": "4h"},
                    {"response": "4h", "next_reply": "8h", "resolution": "24h"},
                ]
            },
            "tickets": {"A": {"events": events}},
        }
    )


def milliseconds_each(times: int) -> dict[str, float]:
    """Milliseconds to read all clocks of the ticket: the contract's lens, and `experienced`."""
    told = case()
    history, agreement = told.histories["A"], told.charters[0][2]
    if len(history) != EVENTS:
        raise SystemExit(f"the ticket has {len(history)} events, not {EVENTS}")
    spent: dict[str, float] = {}
    for name, lens in (("contract", CONTRACT_TEMPLATE), ("experienced", PRESETS["experienced"])):
        start = process_time()
        for _ in range(times):
            read_ticket(history, agreement, lens, told.now)
        spent[name] = round((process_time() - start) * 1000 / times, 4)
    return spent


def main() -> None:
    figures = {str(times): milliseconds_each(times) for times in STEPS}
    print(json.dumps({"benchmark": "clock", "events": EVENTS, "cpu_ms_a_ticket": figures}))


if __name__ == "__main__":
    main()
