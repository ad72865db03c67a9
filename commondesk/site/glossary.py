"""The words of the desk that not everybody knows, each explained in two sentences at most.

The one place where they are explained: pages, their tests and the page of all words read it. What
a word is in the code stands in docs/glossary.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A word, how it is met on pages (in lower case), and which others help to understand it."""

    key: str
    word: str
    meaning: str
    where: str
    forms: tuple[str, ...] = ()
    """Other forms that mean the same, such as plurals; the word itself always counts."""
    see: tuple[str, ...] = ()

    @property
    def all_forms(self) -> tuple[str, ...]:
        """Every form in lower case."""
        return (self.word.lower(), *self.forms)


PARTS: tuple[tuple[str, tuple[Term, ...]], ...] = (
    (
        "People and sides",
        (
            Term(
                "provider",
                "provider",
                "Whoever gives IT support to the company under a charter. It is a guest here: the"
                " company owns the record.",
                "People, charter, tickets",
                ("providers",),
                ("engagement", "charter"),
            ),
            Term(
                "engagement",
                "engagement",
                "The time in which a provider serves the company. When it ends, its people see"
                " nothing here any more.",
                "People, providers",
                ("engagements", "serves"),
                ("provider",),
            ),
            Term(
                "referent",
                "referent",
                "The company’s own IT person, who keeps the steering and the knowledge. A referent"
                " reads every ticket and every figure.",
                "People, charter",
                ("referents",),
                ("decision-maker",),
            ),
            Term(
                "decision-maker",
                "decision maker",
                "Whoever may sign the charter for one side.",
                "People",
                ("decision makers",),
                ("charter", "referent"),
            ),
            Term(
                "tier",
                "tier",
                "How much skill a team brings: L1 takes what comes in, L2 and L3 know more. The"
                " referent counts as a tier of its own.",
                "Teams, tickets",
                ("tiers",),
                ("functional-escalation",),
            ),
            Term(
                "vendor",
                "vendor",
                "Somebody outside who repairs a part, such as a maker of printers. A vendor answers"
                " by mail and sees nothing else of the desk.",
                "Tickets, queue",
                ("vendors",),
                ("vendor-leg",),
            ),
            Term(
                "on-copy",
                "on copy",
                "Gets what is written to everyone on a ticket, without having asked.",
                "Tickets",
            ),
        ),
    ),
    (
        "In whose hands a ticket is",
        (
            Term(
                "owner",
                "owner",
                "Whoever accepted the ticket. Opening or routing it makes nobody its owner; taking,"
                " accepting or answering it does.",
                "Tickets, queue, black holes",
                ("owners", "who has it"),
                ("accountable", "ownerless-time"),
            ),
            Term(
                "accountable",
                "accountable",
                "Who answers for the ticket: its owner, or while it has none the named contact of"
                " the team. There is always one.",
                "Tickets, black holes",
                ("answers for it",),
                ("owner", "escalation"),
            ),
            Term(
                "ownerless-time",
                "ownerless time",
                "Time in which nobody had accepted the ticket. That somebody was accountable does"
                " not shorten it.",
                "Tickets, review",
                ("ownerless",),
                ("owner", "black-hole"),
            ),
            Term(
                "leg",
                "leg",
                "A stretch of time in one pair of hands: the requester’s, a team’s, a vendor’s, or"
                " nobody’s. At each moment exactly one runs.",
                "Tickets",
                ("legs", "in whose hands", "in whose hands the time was"),
                ("vendor-leg", "owner"),
            ),
            Term(
                "vendor-leg",
                "vendor leg",
                "The part of a ticket that an outside vendor works on, with a clock of its own."
                " Somebody inside stays its owner.",
                "Tickets, black holes",
                ("vendor legs",),
                ("leg", "vendor"),
            ),
            Term(
                "handover",
                "handover",
                "Passing a ticket on. It is done once the other side accepts; until then the giver"
                " stays its owner.",
                "Tickets, shift",
                ("handovers", "shift handover"),
                ("offer", "owner"),
            ),
            Term(
                "offer",
                "offer",
                "A handover that nobody has accepted yet. If it waits too long, the receiving"
                " side’s contact answers for it.",
                "Tickets, shift, black holes",
                ("offers", "offered"),
                ("handover", "black-hole"),
            ),
            Term(
                "escalation",
                "escalation",
                "Asking for more help: from people with more skill, or from people with more"
                " authority. Each team names a contact for it.",
                "Tickets, teams, charter",
                ("escalations", "escalation contact", "escalation model", "escalate"),
                ("functional-escalation", "hierarchical-escalation"),
            ),
            Term(
                "functional-escalation",
                "functional escalation",
                "Asking for more skill, such as the next tier.",
                "Tickets",
                ("functional escalations", "functional"),
                ("hierarchical-escalation", "tier"),
            ),
            Term(
                "hierarchical-escalation",
                "hierarchical escalation",
                "Asking for more authority, such as the lead of a team.",
                "Tickets",
                ("hierarchical escalations", "hierarchical"),
                ("functional-escalation",),
            ),
            Term(
                "black-hole",
                "black hole",
                "A place where a ticket gets lost: handed on, then nobody has it. This page shows"
                " each one and who answers for it.",
                "Black holes",
                ("black holes",),
                ("offer", "ownerless-time"),
            ),
        ),
    ),
    (
        "What is promised",
        (
            Term(
                "charter",
                "charter",
                "What the company and its provider agreed: hours, targets, priorities, who decides"
                " what. Both sides sign it, and the desk holds itself to it.",
                "Charter",
                ("charters",),
                ("draft", "target"),
            ),
            Term(
                "draft",
                "draft",
                "A charter that is not signed yet. The desk works with it, and each figure made by"
                " it says “unsigned”.",
                "Charter, start",
                ("drafts", "unsigned"),
                ("charter",),
            ),
            Term(
                "coverage",
                "coverage",
                "The agreed hours. Only time inside them counts for a target; time on the wall"
                " counts day and night.",
                "Charter, queue, tickets, review",
                (
                    *("covered", "covered hours", "covered time", "coverage hours"),
                    *("working time", "on the wall", "wall time"),
                ),
                ("due", "target"),
            ),
            Term(
                "criticality",
                "criticality",
                "How much the business depends on a service, a site or a thing. It is agreed in"
                " the charter.",
                "Catalogue, charter",
                ("how critical", "critical"),
                ("impact", "spread"),
            ),
            Term(
                "spread",
                "spread",
                "How many are affected: one person, a team, a site, everyone.",
                "Tickets, charter",
                ("spreads", "how far it spreads"),
                ("impact", "criticality"),
            ),
            Term(
                "impact",
                "impact",
                "How much the business feels it: how critical the thing is, by how far it spreads.",
                "Tickets, charter",
                (),
                ("criticality", "spread", "priority"),
            ),
            Term(
                "urgency",
                "urgency",
                "What the requester can still do: nothing, less than usual, go another way, or"
                " wait.",
                "Tickets, charter",
                (),
                ("priority",),
            ),
            Term(
                "priority",
                "priority",
                "P1 to P4, worked out from impact and urgency by the charter’s table. Nobody types"
                " it in.",
                "Queue, tickets, charter",
                ("priorities",),
                ("impact", "urgency"),
            ),
            Term(
                "target",
                "target",
                "A promised limit, such as a first response within two covered hours.",
                "Charter, queue, review",
                ("targets",),
                ("due", "coverage"),
            ),
            Term(
                "due",
                "due",
                "The moment at which a target falls. It moves while a clock is paused.",
                "Queue, tickets, black holes",
                ("due next",),
                ("target", "paused"),
            ),
            Term(
                "decision-right",
                "decision right",
                "Who decides what, up to which limit, and who stands in.",
                "Charter",
                ("decision rights",),
                ("charter",),
            ),
            Term(
                "ramp-up",
                "ramp-up",
                "The first weeks with a new provider: targets are measured and shown, and not yet"
                " judged.",
                "Charter",
                ("ramp-up period",),
                ("target",),
            ),
        ),
    ),
    (
        "Clocks",
        (
            Term(
                "clock",
                "clock",
                "Counts the covered time until a target falls. There are four: first response,"
                " next reply, restore and resolution.",
                "Tickets, charter",
                ("clocks",),
                ("coverage", "paused"),
            ),
            Term(
                "first-human-response",
                "first human response",
                "The first message to the requester that a person wrote. Automatic and unchanged"
                " ready-made answers do not count.",
                "Tickets, charter, review",
                ("first response", "response", "first automatic response"),
                ("templated", "next-reply"),
            ),
            Term(
                "next-reply",
                "next reply",
                "The answer that is owed when the requester writes again after the first response.",
                "Tickets, charter, review",
                ("next replies",),
                ("first-human-response",),
            ),
            Term(
                "restore",
                "restore",
                "The service works again, perhaps by a way around, before the cause is fixed.",
                "Tickets, charter, review",
                ("restored", "service restored"),
                ("resolution",),
            ),
            Term(
                "resolution",
                "resolution",
                "The work is done, as the provider says. The requester agrees, or 14 days pass, and"
                " the ticket closes.",
                "Tickets, charter, review",
                ("resolve", "resolves", "resolved"),
                ("held", "reopen"),
            ),
            Term(
                "hold-period",
                "hold period",
                "How long a resolve must stay unchallenged to count as held: seven days unless the"
                " charter says otherwise.",
                "Charter, review",
                (),
                ("held", "reopen"),
            ),
            Term(
                "held",
                "held",
                "Said of a resolve that nobody reopened within the hold period.",
                "Charter, review",
                ("has held", "first resolve that held"),
                ("hold-period", "met-so-far"),
            ),
            Term(
                "reopen",
                "reopen",
                "The ticket is taken up again after it was resolved: by the requester, by somebody"
                " who works it, or by a rule. The three are counted apart.",
                "Tickets, review",
                ("reopens", "reopened", "reopenings"),
                ("disguised-reopen", "hold-period"),
            ),
            Term(
                "disguised-reopen",
                "disguised reopen",
                "A new ticket on the same matter, soon after the last one was resolved.",
                "Review",
                ("disguised reopens",),
                ("reopen",),
            ),
            Term(
                "paused",
                "paused",
                "A clock that stands still while the ticket waits for somebody, if the charter says"
                " that this wait counts.",
                "Tickets, queue, charter",
                ("pause", "pauses"),
                ("clock",),
            ),
            Term(
                "missed",
                "missed",
                "The target fell before the work was done. A miss stays a miss, whatever is changed"
                " later.",
                "Queue, tickets, review",
                ("misses",),
                ("target", "due"),
            ),
            Term(
                "met-so-far",
                "met so far",
                "Done in time, but the hold period still runs: a reopen may yet undo it.",
                "Tickets, review",
                (),
                ("hold-period",),
            ),
            Term(
                "undecided",
                "undecided",
                "Neither met nor missed: the ticket waits and nothing has fallen due yet.",
                "Tickets, review",
                (),
                ("missed",),
            ),
            Term(
                "templated",
                "templated",
                "A ready-made answer sent unchanged, or sent to many at once. It ends no response"
                " that a person owes.",
                "Tickets, review",
                (),
                ("first-human-response",),
            ),
            Term(
                "live",
                "live",
                "Opened while the requester was on the phone or at the desk, so the response was"
                " there at once. Counted apart.",
                "Tickets, review",
                (),
                ("after-the-fact",),
            ),
            Term(
                "after-the-fact",
                "after the fact",
                "Written down once all was over. It counts as work, never as a target met.",
                "Tickets, review",
                (),
                ("live",),
            ),
        ),
    ),
    (
        "Figures",
        (
            Term(
                "lens",
                "lens",
                "A way of reading the same events, such as “by contract” or “as people lived it”."
                " The events stay the same; the figures differ.",
                "Tickets, review",
                ("lenses",),
                ("contract", "experienced", "mirage"),
            ),
            Term(
                "experienced",
                "experienced",
                "The lens of the people who asked: a person must answer, a reopen changes nothing,"
                " and only real waits for them count as pauses.",
                "Tickets, review",
                ("as people lived it",),
                ("lens", "mirage"),
            ),
            Term(
                "contract",
                "contract",
                "The lens of the charter: what was agreed to count, counted as agreed.",
                "Tickets, review",
                ("by contract",),
                ("lens", "charter"),
            ),
            Term(
                "mirage",
                "mirage",
                "The gap between two lenses on the same events: what is reported, less what people"
                " lived through.",
                "Review",
                (),
                ("lens", "shapley"),
            ),
            Term(
                "shapley",
                "Shapley part",
                "The share of the gap between two lenses that one setting is to blame for, fairly"
                " divided. The parts add up to the gap.",
                "Review",
                ("shapley parts", "shapley"),
                ("mirage",),
            ),
            Term(
                "n",
                "n",
                "How many tickets a figure is made from. Few tickets make a shaky figure.",
                "Review",
                ("judged",),
                ("interval",),
            ),
            Term(
                "interval",
                "interval",
                "Where the true value probably lies: of a hundred such intervals about 95 hold it."
                " It is Wilson’s, which stays honest for few tickets.",
                "Review",
                ("95 % interval", "wilson", "wilson interval"),
                ("n",),
            ),
            Term(
                "still-open",
                "still open",
                "Tickets that are not done yet. They are counted, so that nobody looks better by"
                " leaving work undone.",
                "Review",
                (),
                ("kaplan-meier",),
            ),
            Term(
                "kaplan-meier",
                "Kaplan-Meier curve",
                "How many tickets are done after how long, with those still open counted in. So a"
                " pile of old open work shows.",
                "Review",
                ("kaplan-meier",),
                ("still-open",),
            ),
            Term(
                "xmr",
                "XmR limits",
                "The range in which a weekly number moves by chance alone. Only what lies outside"
                " needs a cause.",
                "Review",
                ("xmr", "xmr chart", "process limits"),
            ),
        ),
    ),
    (
        "Mail",
        (
            Term(
                "quarantine",
                "quarantine",
                "Mail that may not be what it says waits for a person. Nothing is dropped.",
                "Mail on hold",
                ("on hold", "mail on hold", "held mail"),
                ("unverified",),
            ),
            Term(
                "unverified",
                "unverified",
                "An answer from somebody who is not on the ticket. It changes nothing until a"
                " person lets it through.",
                "Mail on hold, tickets",
                (),
                ("quarantine",),
            ),
        ),
    ),
    (
        "The record",
        (
            Term(
                "record",
                "record",
                "Everything that happened, in order, and never changed afterwards. Every figure is"
                " counted from it.",
                "Review, charter",
                (),
                ("chain", "anchor"),
            ),
            Term(
                "chain",
                "chain",
                "Each entry of the record carries a seal over the one before, so that a change"
                " breaks it visibly.",
                "Record",
                (),
                ("record", "anchor"),
            ),
            Term(
                "anchor",
                "anchor",
                "The latest seal of the record, signed and kept outside. With it even a cut-off end"
                " is noticed.",
                "Record",
                ("anchors",),
                ("chain",),
            ),
        ),
    ),
)

TERMS: dict[str, Term] = {term.key: term for _, terms in PARTS for term in terms}
