"""The words of the desk that not everybody knows, each explained in two sentences at most.

The one place where they are explained: pages, their tests and the page of all words read it. What
a word is in the code stands in docs/glossary.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from commondesk.core.texts import gettext, gettext_noop, pgettext, pgettext_noop


@dataclass(frozen=True, slots=True)
class Term:
    """A word, how it is met on pages (in lower case), and which others help to understand it.

    What is noted is English; what is asked for is in the language that is spoken.
    """

    key: str
    word_noted: str
    meaning_noted: str
    where_noted: str
    forms_noted: str = ""
    """Other forms that mean the same, such as plurals, with commas between them; the word itself
    always counts."""
    see: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        return pgettext("glossary", self.word_noted)

    @property
    def meaning(self) -> str:
        return gettext(self.meaning_noted)

    @property
    def where(self) -> str:
        return gettext(self.where_noted)

    @property
    def all_forms(self) -> tuple[str, ...]:
        """Every form in lower case."""
        forms = pgettext("glossary forms", self.forms_noted) if self.forms_noted else ""
        return (self.word.lower(), *(each for each in forms.split(", ") if each))


PARTS: tuple[tuple[str, tuple[Term, ...]], ...] = (
    (
        gettext_noop("People and sides"),
        (
            Term(
                "provider",
                pgettext_noop("glossary", "provider"),
                gettext_noop(
                    "Whoever gives IT support to the company under a charter. It is"
                    " a guest here: the company owns the record."
                ),
                gettext_noop("People, charter, tickets"),
                pgettext_noop("glossary forms", "providers"),
                (
                    "engagement",
                    "charter",
                ),
            ),
            Term(
                "engagement",
                pgettext_noop("glossary", "engagement"),
                gettext_noop(
                    "The time in which a provider serves the company. When it ends,"
                    " its people see nothing here any more."
                ),
                gettext_noop("People, providers"),
                pgettext_noop("glossary forms", "engagements, serves"),
                ("provider",),
            ),
            Term(
                "referent",
                pgettext_noop("glossary", "referent"),
                gettext_noop(
                    "The company’s own IT person, who keeps the steering and the"
                    " knowledge. A referent reads every ticket and every figure."
                ),
                gettext_noop("People, charter"),
                pgettext_noop("glossary forms", "referents"),
                ("decision-maker",),
            ),
            Term(
                "decision-maker",
                pgettext_noop("glossary", "decision maker"),
                gettext_noop("Whoever may sign the charter for one side."),
                gettext_noop("People"),
                pgettext_noop("glossary forms", "decision makers"),
                (
                    "charter",
                    "referent",
                ),
            ),
            Term(
                "tier",
                pgettext_noop("glossary", "tier"),
                gettext_noop(
                    "How much skill a team brings: L1 takes what comes in, L2 and"
                    " L3 know more. The referent counts as a tier of its own."
                ),
                gettext_noop("Teams, tickets"),
                pgettext_noop("glossary forms", "tiers"),
                ("functional-escalation",),
            ),
            Term(
                "vendor",
                pgettext_noop("glossary", "vendor"),
                gettext_noop(
                    "Somebody outside who repairs a part, such as a maker of"
                    " printers. A vendor answers by mail and sees nothing else of"
                    " the desk."
                ),
                gettext_noop("Tickets, queue"),
                pgettext_noop("glossary forms", "vendors"),
                ("vendor-leg",),
            ),
            Term(
                "on-copy",
                pgettext_noop("glossary", "on copy"),
                gettext_noop("Gets what is written to everyone on a ticket, without having asked."),
                gettext_noop("Tickets"),
            ),
        ),
    ),
    (
        gettext_noop("In whose hands a ticket is"),
        (
            Term(
                "owner",
                pgettext_noop("glossary", "owner"),
                gettext_noop(
                    "Whoever accepted the ticket. Opening or routing it makes"
                    " nobody its owner; taking, accepting or answering it does."
                ),
                gettext_noop("Tickets, queue, black holes"),
                pgettext_noop("glossary forms", "owners, who has it"),
                (
                    "accountable",
                    "ownerless-time",
                ),
            ),
            Term(
                "accountable",
                pgettext_noop("glossary", "accountable"),
                gettext_noop(
                    "Who answers for the ticket: its owner, or while it has none"
                    " the named contact of the team. There is always one."
                ),
                gettext_noop("Tickets, black holes"),
                pgettext_noop("glossary forms", "answers for it"),
                (
                    "owner",
                    "escalation",
                ),
            ),
            Term(
                "ownerless-time",
                pgettext_noop("glossary", "ownerless time"),
                gettext_noop(
                    "Time in which nobody had accepted the ticket. That somebody"
                    " was accountable does not shorten it."
                ),
                gettext_noop("Tickets, review"),
                pgettext_noop("glossary forms", "ownerless"),
                (
                    "owner",
                    "black-hole",
                ),
            ),
            Term(
                "leg",
                pgettext_noop("glossary", "leg"),
                gettext_noop(
                    "A stretch of time in one pair of hands: the requester’s, a"
                    " team’s, a vendor’s, or nobody’s. At each moment exactly one"
                    " runs."
                ),
                gettext_noop("Tickets"),
                pgettext_noop(
                    "glossary forms", "legs, in whose hands, in whose hands the time was"
                ),
                (
                    "vendor-leg",
                    "owner",
                ),
            ),
            Term(
                "vendor-leg",
                pgettext_noop("glossary", "vendor leg"),
                gettext_noop(
                    "The part of a ticket that an outside vendor works on, with a"
                    " clock of its own. Somebody inside stays its owner."
                ),
                gettext_noop("Tickets, black holes"),
                pgettext_noop("glossary forms", "vendor legs"),
                (
                    "leg",
                    "vendor",
                ),
            ),
            Term(
                "handover",
                pgettext_noop("glossary", "handover"),
                gettext_noop(
                    "Passing a ticket on. It is done once the other side accepts;"
                    " until then the giver stays its owner."
                ),
                gettext_noop("Tickets, shift"),
                pgettext_noop("glossary forms", "handovers, shift handover"),
                (
                    "offer",
                    "owner",
                ),
            ),
            Term(
                "offer",
                pgettext_noop("glossary", "offer"),
                gettext_noop(
                    "A handover that nobody has accepted yet. If it waits too long,"
                    " the receiving side’s contact answers for it."
                ),
                gettext_noop("Tickets, shift, black holes"),
                pgettext_noop("glossary forms", "offers, offered"),
                (
                    "handover",
                    "black-hole",
                ),
            ),
            Term(
                "escalation",
                pgettext_noop("glossary", "escalation"),
                gettext_noop(
                    "Asking for more help: from people with more skill, or from"
                    " people with more authority. Each team names a contact for it."
                ),
                gettext_noop("Tickets, teams, charter"),
                pgettext_noop(
                    "glossary forms", "escalations, escalation contact, escalation model, escalate"
                ),
                (
                    "functional-escalation",
                    "hierarchical-escalation",
                ),
            ),
            Term(
                "functional-escalation",
                pgettext_noop("glossary", "functional escalation"),
                gettext_noop("Asking for more skill, such as the next tier."),
                gettext_noop("Tickets"),
                pgettext_noop("glossary forms", "functional escalations, functional"),
                (
                    "hierarchical-escalation",
                    "tier",
                ),
            ),
            Term(
                "hierarchical-escalation",
                pgettext_noop("glossary", "hierarchical escalation"),
                gettext_noop("Asking for more authority, such as the lead of a team."),
                gettext_noop("Tickets"),
                pgettext_noop("glossary forms", "hierarchical escalations, hierarchical"),
                ("functional-escalation",),
            ),
            Term(
                "black-hole",
                pgettext_noop("glossary", "black hole"),
                gettext_noop(
                    "A place where a ticket gets lost: handed on, then nobody has"
                    " it. This page shows each one and who answers for it."
                ),
                gettext_noop("Black holes"),
                pgettext_noop("glossary forms", "black holes"),
                (
                    "offer",
                    "ownerless-time",
                ),
            ),
        ),
    ),
    (
        gettext_noop("What is promised"),
        (
            Term(
                "charter",
                pgettext_noop("glossary", "charter"),
                gettext_noop(
                    "What the company and its provider agreed: hours, targets,"
                    " priorities, who decides what. Both sides sign it, and the"
                    " desk holds itself to it."
                ),
                gettext_noop("Charter"),
                pgettext_noop("glossary forms", "charters"),
                (
                    "draft",
                    "target",
                ),
            ),
            Term(
                "draft",
                pgettext_noop("glossary", "draft"),
                gettext_noop(
                    "A charter that is not signed yet. The desk works with it, and"
                    " each figure made by it says “unsigned”."
                ),
                gettext_noop("Charter, start"),
                pgettext_noop("glossary forms", "drafts, unsigned"),
                ("charter",),
            ),
            Term(
                "coverage",
                pgettext_noop("glossary", "coverage"),
                gettext_noop(
                    "The agreed hours. Only time inside them counts for a target;"
                    " time on the wall counts day and night."
                ),
                gettext_noop("Charter, queue, tickets, review"),
                pgettext_noop(
                    "glossary forms",
                    "covered, covered hours, covered time,"
                    " coverage hours, working time, on the"
                    " wall, wall time",
                ),
                (
                    "due",
                    "target",
                ),
            ),
            Term(
                "criticality",
                pgettext_noop("glossary", "criticality"),
                gettext_noop(
                    "How much the business depends on a service, a site or a thing."
                    " It is agreed in the charter."
                ),
                gettext_noop("Catalogue, charter"),
                pgettext_noop("glossary forms", "how critical, critical"),
                (
                    "impact",
                    "spread",
                ),
            ),
            Term(
                "spread",
                pgettext_noop("glossary", "spread"),
                gettext_noop("How many are affected: one person, a team, a site, everyone."),
                gettext_noop("Tickets, charter"),
                pgettext_noop("glossary forms", "spreads, how far it spreads"),
                (
                    "impact",
                    "criticality",
                ),
            ),
            Term(
                "impact",
                pgettext_noop("glossary", "impact"),
                gettext_noop(
                    "How much the business feels it: how critical the thing is, by"
                    " how far it spreads."
                ),
                gettext_noop("Tickets, charter"),
                "",
                (
                    "criticality",
                    "spread",
                    "priority",
                ),
            ),
            Term(
                "urgency",
                pgettext_noop("glossary", "urgency"),
                gettext_noop(
                    "What the requester can still do: nothing, less than usual, go"
                    " another way, or wait."
                ),
                gettext_noop("Tickets, charter"),
                "",
                ("priority",),
            ),
            Term(
                "priority",
                pgettext_noop("glossary", "priority"),
                gettext_noop(
                    "P1 to P4, worked out from impact and urgency by the charter’s"
                    " table. Nobody types it in."
                ),
                gettext_noop("Queue, tickets, charter"),
                pgettext_noop("glossary forms", "priorities"),
                (
                    "impact",
                    "urgency",
                ),
            ),
            Term(
                "target",
                pgettext_noop("glossary", "target"),
                gettext_noop(
                    "A promised limit, such as a first response within two covered hours."
                ),
                gettext_noop("Charter, queue, review"),
                pgettext_noop("glossary forms", "targets"),
                (
                    "due",
                    "coverage",
                ),
            ),
            Term(
                "due",
                pgettext_noop("glossary", "due"),
                gettext_noop(
                    "The moment at which a target falls. It moves while a clock is paused."
                ),
                gettext_noop("Queue, tickets, black holes"),
                pgettext_noop("glossary forms", "due next"),
                (
                    "target",
                    "paused",
                ),
            ),
            Term(
                "decision-right",
                pgettext_noop("glossary", "decision right"),
                gettext_noop("Who decides what, up to which limit, and who stands in."),
                gettext_noop("Charter"),
                pgettext_noop("glossary forms", "decision rights"),
                ("charter",),
            ),
            Term(
                "ramp-up",
                pgettext_noop("glossary", "ramp-up"),
                gettext_noop(
                    "The first weeks with a new provider: targets are measured and"
                    " shown, and not yet judged."
                ),
                gettext_noop("Charter"),
                pgettext_noop("glossary forms", "ramp-up period"),
                ("target",),
            ),
        ),
    ),
    (
        gettext_noop("Clocks"),
        (
            Term(
                "clock",
                pgettext_noop("glossary", "clock"),
                gettext_noop(
                    "Counts the covered time until a target falls. There are four:"
                    " first response, next reply, restore and resolution."
                ),
                gettext_noop("Tickets, charter"),
                pgettext_noop("glossary forms", "clocks"),
                (
                    "coverage",
                    "paused",
                ),
            ),
            Term(
                "first-human-response",
                pgettext_noop("glossary", "first human response"),
                gettext_noop(
                    "The first message to the requester that a person wrote."
                    " Automatic and unchanged ready-made answers do not count."
                ),
                gettext_noop("Tickets, charter, review"),
                pgettext_noop(
                    "glossary forms", "first response, response, first automatic response"
                ),
                (
                    "templated",
                    "next-reply",
                ),
            ),
            Term(
                "next-reply",
                pgettext_noop("glossary", "next reply"),
                gettext_noop(
                    "The answer that is owed when the requester writes again after"
                    " the first response."
                ),
                gettext_noop("Tickets, charter, review"),
                pgettext_noop("glossary forms", "next replies"),
                ("first-human-response",),
            ),
            Term(
                "restore",
                pgettext_noop("glossary", "restore"),
                gettext_noop(
                    "The service works again, perhaps by a way around, before the cause is fixed."
                ),
                gettext_noop("Tickets, charter, review"),
                pgettext_noop("glossary forms", "restored, service restored"),
                ("resolution",),
            ),
            Term(
                "resolution",
                pgettext_noop("glossary", "resolution"),
                gettext_noop(
                    "The work is done, as the provider says. The requester agrees,"
                    " or 14 days pass, and the ticket closes."
                ),
                gettext_noop("Tickets, charter, review"),
                pgettext_noop("glossary forms", "resolve, resolves, resolved"),
                (
                    "held",
                    "reopen",
                ),
            ),
            Term(
                "hold-period",
                pgettext_noop("glossary", "hold period"),
                gettext_noop(
                    "How long a resolve must stay unchallenged to count as held:"
                    " seven days unless the charter says otherwise."
                ),
                gettext_noop("Charter, review"),
                "",
                (
                    "held",
                    "reopen",
                ),
            ),
            Term(
                "held",
                pgettext_noop("glossary", "held"),
                gettext_noop("Said of a resolve that nobody reopened within the hold period."),
                gettext_noop("Charter, review"),
                pgettext_noop("glossary forms", "has held, first resolve that held"),
                (
                    "hold-period",
                    "met-so-far",
                ),
            ),
            Term(
                "reopen",
                pgettext_noop("glossary", "reopen"),
                gettext_noop(
                    "The ticket is taken up again after it was resolved: by the"
                    " requester, by somebody who works it, or by a rule. The three"
                    " are counted apart."
                ),
                gettext_noop("Tickets, review"),
                pgettext_noop("glossary forms", "reopens, reopened, reopenings"),
                (
                    "disguised-reopen",
                    "hold-period",
                ),
            ),
            Term(
                "disguised-reopen",
                pgettext_noop("glossary", "disguised reopen"),
                gettext_noop(
                    "A new ticket on the same matter, soon after the last one was resolved."
                ),
                gettext_noop("Review"),
                pgettext_noop("glossary forms", "disguised reopens"),
                ("reopen",),
            ),
            Term(
                "paused",
                pgettext_noop("glossary", "paused"),
                gettext_noop(
                    "A clock that stands still while the ticket waits for somebody,"
                    " if the charter says that this wait counts."
                ),
                gettext_noop("Tickets, queue, charter"),
                pgettext_noop("glossary forms", "pause, pauses"),
                ("clock",),
            ),
            Term(
                "missed",
                pgettext_noop("glossary", "missed"),
                gettext_noop(
                    "The target fell before the work was done. A miss stays a miss,"
                    " whatever is changed later."
                ),
                gettext_noop("Queue, tickets, review"),
                pgettext_noop("glossary forms", "misses"),
                (
                    "target",
                    "due",
                ),
            ),
            Term(
                "met-so-far",
                pgettext_noop("glossary", "met so far"),
                gettext_noop(
                    "Done in time, but the hold period still runs: a reopen may yet undo it."
                ),
                gettext_noop("Tickets, review"),
                "",
                ("hold-period",),
            ),
            Term(
                "undecided",
                pgettext_noop("glossary", "undecided"),
                gettext_noop(
                    "Neither met nor missed: the ticket waits and nothing has fallen due yet."
                ),
                gettext_noop("Tickets, review"),
                "",
                ("missed",),
            ),
            Term(
                "templated",
                pgettext_noop("glossary", "templated"),
                gettext_noop(
                    "A ready-made answer sent unchanged, or sent to many at once."
                    " It ends no response that a person owes."
                ),
                gettext_noop("Tickets, review"),
                "",
                ("first-human-response",),
            ),
            Term(
                "live",
                pgettext_noop("glossary", "live"),
                gettext_noop(
                    "Opened while the requester was on the phone or at the desk, so"
                    " the response was there at once. Counted apart."
                ),
                gettext_noop("Tickets, review"),
                "",
                ("after-the-fact",),
            ),
            Term(
                "after-the-fact",
                pgettext_noop("glossary", "after the fact"),
                gettext_noop(
                    "Written down once all was over. It counts as work, never as a target met."
                ),
                gettext_noop("Tickets, review"),
                "",
                ("live",),
            ),
        ),
    ),
    (
        gettext_noop("Figures"),
        (
            Term(
                "lens",
                pgettext_noop("glossary", "lens"),
                gettext_noop(
                    "A way of reading the same events, such as “by contract” or “as"
                    " people lived it”. The events stay the same; the figures"
                    " differ."
                ),
                gettext_noop("Tickets, review"),
                pgettext_noop("glossary forms", "lenses"),
                (
                    "contract",
                    "experienced",
                    "mirage",
                ),
            ),
            Term(
                "experienced",
                pgettext_noop("glossary", "experienced"),
                gettext_noop(
                    "The lens of the people who asked: a person must answer, a"
                    " reopen changes nothing, and only real waits for them count as"
                    " pauses."
                ),
                gettext_noop("Tickets, review"),
                pgettext_noop("glossary forms", "as people lived it"),
                (
                    "lens",
                    "mirage",
                ),
            ),
            Term(
                "contract",
                pgettext_noop("glossary", "contract"),
                gettext_noop(
                    "The lens of the charter: what was agreed to count, counted as agreed."
                ),
                gettext_noop("Tickets, review"),
                pgettext_noop("glossary forms", "by contract"),
                (
                    "lens",
                    "charter",
                ),
            ),
            Term(
                "mirage",
                pgettext_noop("glossary", "mirage"),
                gettext_noop(
                    "The gap between two lenses on the same events: what is"
                    " reported, less what people lived through."
                ),
                gettext_noop("Review"),
                "",
                (
                    "lens",
                    "shapley",
                ),
            ),
            Term(
                "shapley",
                pgettext_noop("glossary", "Shapley part"),
                gettext_noop(
                    "The share of the gap between two lenses that one setting is to"
                    " blame for, fairly divided. The parts add up to the gap."
                ),
                gettext_noop("Review"),
                pgettext_noop("glossary forms", "shapley parts, shapley"),
                ("mirage",),
            ),
            Term(
                "n",
                pgettext_noop("glossary", "n"),
                gettext_noop(
                    "How many tickets a figure is made from. Few tickets make a shaky figure."
                ),
                gettext_noop("Review"),
                pgettext_noop("glossary forms", "judged"),
                ("interval",),
            ),
            Term(
                "interval",
                pgettext_noop("glossary", "interval"),
                gettext_noop(
                    "Where the true value probably lies: of a hundred such"
                    " intervals about 95 hold it. It is Wilson’s, which stays"
                    " honest for few tickets."
                ),
                gettext_noop("Review"),
                pgettext_noop("glossary forms", "95 % interval, wilson, wilson interval"),
                ("n",),
            ),
            Term(
                "still-open",
                pgettext_noop("glossary", "still open"),
                gettext_noop(
                    "Tickets that are not done yet. They are counted, so that"
                    " nobody looks better by leaving work undone."
                ),
                gettext_noop("Review"),
                "",
                ("kaplan-meier",),
            ),
            Term(
                "kaplan-meier",
                pgettext_noop("glossary", "Kaplan-Meier curve"),
                gettext_noop(
                    "How many tickets are done after how long, with those still"
                    " open counted in. So a pile of old open work shows."
                ),
                gettext_noop("Review"),
                pgettext_noop("glossary forms", "kaplan-meier"),
                ("still-open",),
            ),
            Term(
                "xmr",
                pgettext_noop("glossary", "XmR limits"),
                gettext_noop(
                    "The range in which a weekly number moves by chance alone. Only"
                    " what lies outside needs a cause."
                ),
                gettext_noop("Review"),
                pgettext_noop("glossary forms", "xmr, xmr chart, process limits"),
            ),
        ),
    ),
    (
        gettext_noop("Mail"),
        (
            Term(
                "quarantine",
                pgettext_noop("glossary", "quarantine"),
                gettext_noop(
                    "Mail that may not be what it says waits for a person. Nothing is dropped."
                ),
                gettext_noop("Mail on hold"),
                pgettext_noop("glossary forms", "on hold, mail on hold, held mail"),
                ("unverified",),
            ),
            Term(
                "unverified",
                pgettext_noop("glossary", "unverified"),
                gettext_noop(
                    "An answer from somebody who is not on the ticket. It changes"
                    " nothing until a person lets it through."
                ),
                gettext_noop("Mail on hold, tickets"),
                "",
                ("quarantine",),
            ),
        ),
    ),
    (
        gettext_noop("The record"),
        (
            Term(
                "record",
                pgettext_noop("glossary", "record"),
                gettext_noop(
                    "Everything that happened, in order, and never changed"
                    " afterwards. Every figure is counted from it."
                ),
                gettext_noop("Review, charter"),
                "",
                (
                    "chain",
                    "anchor",
                ),
            ),
            Term(
                "chain",
                pgettext_noop("glossary", "chain"),
                gettext_noop(
                    "Each entry of the record carries a seal over the one before,"
                    " so that a change breaks it visibly."
                ),
                gettext_noop("Record"),
                "",
                (
                    "record",
                    "anchor",
                ),
            ),
            Term(
                "anchor",
                pgettext_noop("glossary", "anchor"),
                gettext_noop(
                    "The latest seal of the record, signed and kept outside. With"
                    " it even a cut-off end is noticed."
                ),
                gettext_noop("Record"),
                pgettext_noop("glossary forms", "anchors"),
                ("chain",),
            ),
        ),
    ),
)

TERMS: dict[str, Term] = {term.key: term for _, terms in PARTS for term in terms}
