"""What the script of a page says: it gets every word, plural and form of a number from here.

The data of a page is English, as is what is saved from it; words of the data that readers see are
told beside it, by what they are in English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from commondesk.core import texts
from commondesk.core.record.events import Channel, WaitReason
from commondesk.core.texts import gettext, ngettext, pgettext, pgettext_noop
from commondesk.desk import wording
from commondesk.desk.clock_words import WAIT_WORDS
from commondesk.review.pack.machine import Plain

STATES = {
    "open": pgettext_noop("state", "open"),
    "waiting": pgettext_noop("state", "waiting"),
    "resolved": pgettext_noop("state", "resolved"),
    "closed": pgettext_noop("state", "closed"),
}
ACTS = {
    "opened": pgettext_noop("event", "opened"),
    "given to": pgettext_noop("event", "given to"),
    "taken by": pgettext_noop("event", "taken by"),
    "let go": pgettext_noop("event", "let go"),
    "classified": pgettext_noop("event", "classified"),
    "priority": pgettext_noop("event", "priority"),
    "waits on": pgettext_noop("event", "waits on"),
    "goes on": pgettext_noop("event", "goes on"),
    "resolved": pgettext_noop("event", "resolved"),
    "restored": pgettext_noop("event", "restored"),
    "closed": pgettext_noop("event", "closed"),
    "reopened": pgettext_noop("event", "reopened"),
    "merged": pgettext_noop("event", "merged"),
    "absorbed": pgettext_noop("event", "absorbed"),
    "linked": pgettext_noop("event", "linked"),
    "split": pgettext_noop("event", "split"),
    "rated": pgettext_noop("event", "rated"),
    "received": pgettext_noop("event", "received"),
    "written": pgettext_noop("event", "written"),
    "delivered": pgettext_noop("event", "delivered"),
    "bounced": pgettext_noop("event", "bounced"),
    "asked": pgettext_noop("event", "asked"),
    "offered": pgettext_noop("event", "offered"),
    "declined": pgettext_noop("event", "declined"),
    "lapsed": pgettext_noop("event", "lapsed"),
    "taken back": pgettext_noop("event", "taken back"),
    "functional": pgettext_noop("event", "functional"),
    "hierarchical": pgettext_noop("event", "hierarchical"),
    "removed": pgettext_noop("event", "removed"),
    "undone": pgettext_noop("event", "undone"),
    "confirmed": pgettext_noop("event", "confirmed"),
    "denied": pgettext_noop("event", "denied"),
    "scored": pgettext_noop("event", "scored"),
    "lowering agreed": pgettext_noop("event", "lowering agreed"),
    "voided": pgettext_noop("event", "voided"),
    "void lifted": pgettext_noop("event", "void lifted"),
    "logged": pgettext_noop("event", "logged"),
    "begun": pgettext_noop("event", "begun"),
    "ended": pgettext_noop("event", "ended"),
    "changed": pgettext_noop("event", "changed"),
    "moved": pgettext_noop("event", "moved"),
    "missed": pgettext_noop("event", "missed"),
    "neared": pgettext_noop("event", "neared"),
}
"""What happened, as `rows` words it."""
OBJECTS = {
    "message": pgettext_noop("event of", "message"),
    "note": pgettext_noop("event of", "note"),
    "question": pgettext_noop("event of", "question"),
    "handover": pgettext_noop("event of", "handover"),
    "escalation": pgettext_noop("event of", "escalation"),
    "link": pgettext_noop("event of", "link"),
    "merge": pgettext_noop("event of", "merge"),
    "matter": pgettext_noop("event of", "matter"),
    "priority": pgettext_noop("event of", "priority"),
    "reopen": pgettext_noop("event of", "reopen"),
    "time": pgettext_noop("event of", "time"),
    "vendor leg": pgettext_noop("event of", "vendor leg"),
    "target": pgettext_noop("event of", "target"),
    "due": pgettext_noop("event of", "due"),
}
"""To what it happened, where that is no team, person or priority."""
CHANNELS = {
    Channel.MAIL: pgettext_noop("channel", "mail"),
    Channel.PORTAL: pgettext_noop("channel", "portal"),
    Channel.PHONE: pgettext_noop("channel", "phone"),
    Channel.WALK_IN: pgettext_noop("channel", "in person"),
    Channel.CHAT: pgettext_noop("channel", "chat"),
    Channel.MONITORING: pgettext_noop("channel", "monitoring"),
    Channel.API: pgettext_noop("channel", "a program"),
    Channel.IMPORT: pgettext_noop("channel", "an import"),
}


def words_of_script(data: Mapping[str, Plain]) -> dict[str, Plain]:
    """Every word that the script says, and how the language sets numbers and days."""
    return {
        "language": texts.language(),
        "locale": {texts.ENGLISH: "en-GB"}.get(texts.language(), texts.language()),
        "texts": _texts(),
        "counted": _counted(),
        "data": _of_data(data),
        **_formats(),
    }


def _texts() -> dict[str, Plain]:
    return {
        "minutes": gettext("%(minutes)s min"),
        "hours": gettext("%(hours)s h"),
        "days": gettext("%(days)s days"),
        "percent": gettext("%(points)s %%").replace("%%", "%"),
        "no_data": gettext("no data"),
        "not_reached": gettext("not reached yet"),
        "interval": gettext("95 %%: %(interval)s").replace("%%", "%"),
        "between": gettext("%(low)s to %(high)s"),
        "p90": gettext("p90 %(span)s"),
        "of": gettext("of %(count)s"),
        "named": gettext("%(title)s: %(value)s"),
        "option": gettext("%(name)s (%(count)s)"),
        "resolved_median": gettext("Opened to the resolve that stands, median"),
        "on_the_wall": gettext("on the wall; open ones count as longer"),
        "reopened": gettext("Reopened"),
        "came_back": gettext("Came back to a team that had had it"),
        "with_missing": gettext("With updates missing from the file"),
        "flagged": gettext("Missed by the vendor’s own flag"),
        "in_this_file": gettext("The tickets in this file"),
        "all_tickets": gettext("All tickets"),
        "ticket": gettext("Ticket"),
        "subject": pgettext("of a table", "Subject"),
        "opened": pgettext("of a ticket", "Opened"),
        "priority": pgettext("of a table", "Priority"),
        "team": gettext("Team"),
        "about": pgettext("of a ticket", "About"),
        "state": pgettext("of a table", "State"),
        "to_resolve": gettext("To the resolve"),
        "verdict": gettext("What came of it"),
        "in_figure": gettext("In this figure"),
        "range": gettext("%(first)s to %(last)s of %(count)s"),
        "nothing": gettext("nothing fits"),
        "earlier": pgettext("page", "Earlier"),
        "further": pgettext("page", "Further"),
        "by": pgettext("a person", "By"),
        "last_person": gettext("Last named person"),
        "to_last_resolve": gettext("To the resolve that stands"),
        "not_resolved": gettext("not resolved"),
        "without_person": gettext("Without a named person"),
        "missing": gettext("Updates missing from the file"),
        "flag": gettext("The vendor’s own flag"),
        "missed": pgettext("what came of it", "missed"),
        "met": pgettext("what came of it", "met"),
        "when": gettext("When"),
        "what": pgettext("happened", "What"),
        "to_what": gettext("To, or about"),
        "estimated": gettext("%(time)s (estimated)"),
        "events": gettext("Events"),
        "titled": gettext("%(number)s · %(title)s"),
    }


def _counted() -> dict[str, Plain]:
    """Texts of one and of many."""
    return {
        "ticket": _both(lambda n: ngettext("%(count)s ticket", "%(count)s tickets", n)),
        "unit": _both(lambda n: ngettext("%(count)s unit", "%(count)s units", n)),
        "event": _both(lambda n: ngettext("%(count)s event", "%(count)s events", n)),
        "still_open": _both(lambda n: ngettext("%(shown)s still open", "%(shown)s still open", n)),
    }


def _both(said: Callable[[int], str]) -> Plain:
    return [said(1), said(2)]


# ---- words of the data --------------------------------------------------------------------


def _of_data(data: Mapping[str, Plain]) -> dict[str, Plain]:
    """Words of the data by their English, where the language has others."""
    if texts.language() == texts.ENGLISH:
        return {}
    told: dict[str, dict[str, str]] = {
        "state": {each: pgettext("state", words) for each, words in STATES.items()},
        "act": {each: pgettext("event", words) for each, words in ACTS.items()},
        "verdict": {each: verdict_in_words(each) for each in _verdicts(data)},
        "by": {f"by {each}": _by(pgettext("channel", words)) for each, words in CHANNELS.items()},
        "object": {each: pgettext("event of", words) for each, words in OBJECTS.items()},
        "wait": {each: gettext(WAIT_WORDS[each]) for each in WaitReason},
    }
    told["object"]["nobody has it"] = gettext("nobody has it")
    return {name: dict(words) for name, words in told.items()}


def _by(channel: str) -> str:
    return gettext("by %(channel)s") % {"channel": channel}


def _verdicts(data: Mapping[str, Plain]) -> Iterable[str]:
    """What came of tickets, in the English words of the data."""
    behind, words = data["behind"], data["words"]
    assert isinstance(behind, dict) and isinstance(words, dict)
    by, lists, listed = behind["by"], behind["lists"], words["word"]
    assert isinstance(by, dict) and isinstance(lists, list) and isinstance(listed, list)
    places: set[int] = set()
    for place in {each["v"] for each in by.values() if isinstance(each, dict) and "v" in each}:
        assert isinstance(place, int)
        some = lists[place]
        assert isinstance(some, list)
        places.update(each for each in some if isinstance(each, int))
    return (str(listed[place]) for place in sorted(places) if listed[place])


def verdict_in_words(kept: str) -> str:
    """What came of a ticket, such as `met → missed`, from its English."""
    return " → ".join(
        ", ".join(_piece_in_words(piece) for piece in side.split(", "))
        for side in kept.split(" → ")
    )


def _piece_in_words(kept: str) -> str:
    said = pgettext("what came of it", kept)
    return said if said != kept else gettext(kept)


# ---- numbers and days ---------------------------------------------------------------------


def _formats() -> dict[str, Plain]:
    """How charts set numbers and days, where the language does it in another way than English."""
    if texts.language() == texts.ENGLISH:
        return {}
    groups, point = texts.number(1000)[1:-3], texts.number(0.5, 1)[1:-1]
    days: list[Plain] = [pgettext("day", each) for each in (*wording.DAYS[6:], *wording.DAYS[:6])]
    months: list[Plain] = [pgettext("month", each) for each in wording.MONTHS]
    return {
        "numbers": {
            "decimal": point, "thousands": groups, "grouping": [3], "currency": ["", ""],
            "percent": "\u00a0%",
        },
        "times": {
            "dateTime": "%x %X", "date": "%d/%m/%Y", "time": "%H:%M", "periods": ["AM", "PM"],
            "days": days, "shortDays": days, "months": months, "shortMonths": months,
        },
    }  # fmt: skip
