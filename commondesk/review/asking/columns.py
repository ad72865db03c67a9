"""The tables that a question may ask, column by column: what the page tells and what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commondesk.core.texts import gettext, gettext_noop


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its kind (engine/questions/child.py) and what it means."""

    name: str
    kind: str
    text: str

    @property
    def meaning(self) -> str:
        """What it means, in the language that is spoken."""
        return gettext(self.text)

    @property
    def kind_words(self) -> str:
        """What one finds in it."""
        return gettext(_KINDS[self.kind])


_KINDS = {
    "text": gettext_noop("text"),
    "count": gettext_noop("whole number"),
    "yes": gettext_noop("true or false"),
    "instant": gettext_noop("date and time (UTC)"),
    "hours": gettext_noop("hours"),
    "words": gettext_noop("list of texts"),
}

TICKETS = (
    Column("number", "count", gettext_noop("the number of the ticket, without the prefix")),
    Column("kind", "text", gettext_noop("incident, request, question or alert")),
    Column("priority", "text", gettext_noop("P1 to P4 as it is now; empty without one")),
    Column("channel", "text", gettext_noop("how it came: mail, portal, phone, walk_in, api …")),
    Column("opening", "text", gettext_noop("normal, live (while talking) or after_the_fact")),
    Column("service", "text", gettext_noop("key of the service in the catalogue")),
    Column("item", "text", gettext_noop("key of the item")),
    Column("site", "text", gettext_noop("key of the site")),
    Column("category", "text", gettext_noop("category, as it was typed")),
    Column(
        "requester",
        "text",
        gettext_noop("id of the person who asked"),
    ),
    Column("team", "text", gettext_noop("the team that has it now, or had it last")),
    Column("status", "text", gettext_noop("status as it is now")),
    Column("opened_at", "instant", gettext_noop("when it began")),
    Column("first_solved_at", "instant", gettext_noop("when it was first solved")),
    Column("solved_at", "instant", gettext_noop("the solution that stands, if any")),
    Column("is_open", "yes", gettext_noop("whether it is open")),
    Column("ownerless_hours", "hours", gettext_noop("covered time in which nobody had it")),
    Column("lost_hours", "hours", gettext_noop("covered time until solved for good, or now")),
    Column("owners", "words", gettext_noop("the teams that had it, one after another")),
    Column("bounces", "count", gettext_noop("how often it came back to a team that had had it")),
    Column("functional", "count", gettext_noop("escalations to more skill")),
    Column("hierarchical", "count", gettext_noop("escalations to more authority")),
    Column("reopens", "count", gettext_noop("how often it was reopened, thanks left out")),
    Column("returned", "text", gettext_noop("an earlier ticket come back: sure, likely, or empty")),
)

VERDICTS = (
    Column("number", "count", gettext_noop("the number of the (first) ticket")),
    Column("clock", "text", gettext_noop("response, next_reply, resolution or restore")),
    Column(
        "cycle",
        "count",
        gettext_noop("0 for the first, then 1, 2 … where a clock begins again"),
    ),
    Column("lenses", "words", gettext_noop("the lenses that read it so: contract, experienced …")),
    Column("priority", "text", gettext_noop("P1 to P4 as it is now; empty without one")),
    Column("started_at", "instant", gettext_noop("when the clock began")),
    Column("due_at", "instant", gettext_noop("when it fell or falls due; nothing while it waits")),
    Column("ended_at", "instant", gettext_noop("when it ended; nothing while it runs")),
    Column(
        "verdict",
        "text",
        gettext_noop("met, met_so_far, missed, running, undecided, no_target …"),
    ),
    Column("used_hours", "hours", gettext_noop("covered time used")),
    Column("flags", "words", gettext_noop("what is odd about it, such as lowered_after_miss")),
)

TABLES: Mapping[str, tuple[Column, ...]] = {"tickets": TICKETS, "verdicts": VERDICTS}


@dataclass(frozen=True, slots=True)
class Saved:
    """A question that is there from the start."""

    key: str
    text: str
    sql: str

    @property
    def title(self) -> str:
        """What it asks, in the language that is spoken."""
        return gettext(self.text)


SAVED = (
    Saved(
        "open-by-age",
        gettext_noop("Which open tickets are oldest, and who has them?"),
        "SELECT number, priority, team, opened_at, lost_hours\n"
        "FROM tickets\nWHERE is_open\nORDER BY opened_at\nLIMIT 50",
    ),
    Saved(
        "lenses",
        gettext_noop("What share of solutions was in time, lens by lens?"),
        "SELECT lens,\n"
        "       count(*) FILTER (verdict IN ('met', 'met_so_far')) AS met,\n"
        "       count(*) FILTER (verdict = 'missed') AS missed,\n"
        "       round(100.0 * met / nullif(met + missed, 0), 1) AS percent\n"
        "FROM (SELECT *, unnest(lenses) AS lens FROM verdicts)\n"
        "WHERE clock = 'resolution'\nGROUP BY lens\nORDER BY percent",
    ),
    Saved(
        "months",
        gettext_noop("How many tickets came each month, and how many are still open?"),
        "SELECT strftime(opened_at, '%Y-%m') AS month, count(*) AS tickets,\n"
        "       count(*) FILTER (is_open) AS still_open,\n"
        "       round(median(lost_hours), 1) AS median_hours\n"
        "FROM tickets\nGROUP BY month\nORDER BY month",
    ),
    Saved(
        "items",
        gettext_noop("Which items cost most hours?"),
        "SELECT service, item, count(*) AS tickets, round(sum(lost_hours), 1) AS hours\n"
        "FROM tickets\nWHERE item <> ''\nGROUP BY service, item\nORDER BY hours DESC\nLIMIT 20",
    ),
    Saved(
        "requesters",
        gettext_noop("How many tickets does a person open?"),
        "SELECT tickets, count(*) AS people\n"
        "FROM (SELECT requester, count(*) AS tickets FROM tickets GROUP BY requester)\n"
        "GROUP BY tickets\nORDER BY tickets",
    ),
    Saved(
        "bounced",
        gettext_noop("Which teams hand tickets back and forth?"),
        "SELECT list_distinct(owners) AS teams, count(*) AS tickets, sum(bounces) AS bounces\n"
        "FROM tickets\nWHERE bounces > 0\nGROUP BY teams\nORDER BY bounces DESC\nLIMIT 20",
    ),
)
