"""The questions that separate providers, and for whom each is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ...texts import gettext_noop as _
from ..diagnosis.answers import Answers, Option

_SUBSCRIBED = (Option.PER_SEAT_SUBSCRIPTION, Option.MSP_RETAINER)


class Topic(StrEnum):
    """What questions stand under."""

    WORK = "work"
    PEOPLE = "people"
    BOUNDARIES = "boundaries"
    MEASURES = "measures"
    SECURITY = "security"
    PRICE = "price"
    LEAVING = "leaving"


TOPICS: dict[Topic, str] = {
    Topic.WORK: _("How you work"),
    Topic.PEOPLE: _("Who works for us"),
    Topic.BOUNDARIES: _("Where responsibilities end"),
    Topic.MEASURES: _("Targets and reviews"),
    Topic.SECURITY: _("Security and rules"),
    Topic.PRICE: _("Price and contract"),
    Topic.LEAVING: _("Start and end"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; good is what a good answer shows, and bad is a red flag. They are for the
    company's own eyes. criterion is where the answer is scored."""

    topic: Topic
    words: str
    good: str
    bad: str
    criterion: str
    when: Callable[[Answers, Option], bool] | None = None
    """For whom it is asked; without one, for everybody."""


QUESTIONS: tuple[Asked, ...] = (
    Asked(
        Topic.WORK,
        _(
            "Tell of a client whose tickets showed you a fault behind many of them. What did you"
            " see, what did you advise, and what came of it?"
        ),
        _("A real case with figures from before and after"),
        _("Tickets are closed one by one; nobody looks across them"),
        "advice",
    ),
    Asked(
        Topic.WORK,
        _(
            "Our problems come back. How would you find and remove their"
            " causes in the first half year?"
        ),
        _("Groups of tickets, a cause for each, a date, somebody responsible"),
        _("Faster answers to the same tickets"),
        "advice",
        lambda a, o: a.repeated_incidents,
    ),
    Asked(
        Topic.WORK,
        _("Which advice on purchases, renewals and risks is part of the service, and how often?"),
        _("A plan and a meeting with a date"),
        _("Advice only as a project with its own price"),
        "advice",
    ),
    Asked(
        Topic.WORK,
        _("Which part of the work is answered by an assistant, and when does a person take over?"),
        _("A person on request at any time, and the time until then is measured"),
        _("The assistant's answer counts as the first response"),
        "response",
        lambda a, o: o is Option.HYBRID_AI_EXPERT,
    ),
    Asked(
        Topic.WORK,
        _(
            "Who comes to a site when remote help is not enough, within"
            " what time, and at what price?"
        ),
        _("Named partners by place, with times and prices"),
        _("On site is left to be agreed each time"),
        "breadth",
        lambda a, o: a.multi_site_cloud_remote,
    ),
    Asked(
        Topic.PEOPLE,
        _(
            "How long does your second line stay on average? What does a newcomer do before taking"
            " a ticket of an existing client?"
        ),
        _("Years, not months, and a shadowing period with an end check"),
        _("Under a year; they read the wiki"),
        "tenure",
    ),
    Asked(
        Topic.PEOPLE,
        _("Who is our named contact for escalation? What may they decide without asking?"),
        _("A person who knows the environment and can pull people in"),
        _("A mailbox, or whoever is on shift"),
        "boundaries",
    ),
    Asked(
        Topic.PEOPLE,
        _("Which areas do your people cover, how many are there for each, and who stands in?"),
        _("At least two people for each area we need"),
        _("One person for everything"),
        "breadth",
    ),
    Asked(
        Topic.PEOPLE,
        _("Show the shifts of a usual week, hour by hour, and who is awake at 03:00 on a Sunday."),
        _("Every hour has a person, with leave and illness counted in"),
        _("Nights are “covered by on-call” without a time to answer"),
        "response",
        lambda a, o: a.is_round_the_clock,
    ),
    Asked(
        Topic.PEOPLE,
        _("How soon can capacity grow or shrink, by how much, and at what notice and price?"),
        _("Weeks, in steps of parts of a person"),
        _("Only at the end of the contract"),
        "transparency",
        lambda a, o: a.flexible_scaling or o is Option.FRACTIONAL_REMOTE_TEAM,
    ),
    Asked(
        Topic.PEOPLE,
        _(
            "Today one person knows it all. How do you take that knowledge over, and how do you"
            " prove after 60 days that you have it?"
        ),
        _("Written runbooks, tested by somebody else than their author"),
        _("They will ask when they need it"),
        "knowledge",
        lambda a, o: a.key_person,
    ),
    Asked(
        Topic.BOUNDARIES,
        _(
            "An incident lies between you and another vendor. Walk us through it: who owns the"
            " ticket, who calls whom, what does our user hear?"
        ),
        _("The ticket keeps an owner on your side until it is solved"),
        _("It is closed as “with the vendor”"),
        "boundaries",
    ),
    Asked(
        Topic.BOUNDARIES,
        _(
            "Who decides on firewall rules, on repair or replacement, and on spending in an"
            " emergency, when both of us work on it?"
        ),
        _("A list of decisions with a name and a limit for each"),
        _("That will be seen case by case"),
        "boundaries",
        lambda a, o: o is Option.CO_MANAGED,
    ),
    Asked(
        Topic.BOUNDARIES,
        _("All work is to stay in our tools, by our policies. What does that change for you?"),
        _("Accounts of their people in our tools; nothing kept elsewhere"),
        _("Only with their own ticket system"),
        "leaving",
        lambda a, o: a.own_stack_required or o is Option.FRACTIONAL_REMOTE_TEAM,
    ),
    Asked(
        Topic.BOUNDARIES,
        _("What do we have in hand when the project ends, and who supports it from then on?"),
        _("Acceptance tests, documents and a period of care, each with a date"),
        _("It ends with the last invoice"),
        "knowledge",
        lambda a, o: o is Option.PROJECT_OUTSOURCING,
    ),
    Asked(
        Topic.MEASURES,
        _(
            "Which response do you guarantee, from when does it count, does an automatic answer"
            " end it, and what follows if it is missed?"
        ),
        _("A person's answer in covered hours, with credit for each miss"),
        _("No guarantee, or a receipt counts as an answer"),
        "response",
    ),
    Asked(
        Topic.MEASURES,
        _("What do you do when keeping a target means the worse repair? Give an example."),
        _("They admit that it happens, and how they tell the client"),
        _("That never happens with us"),
        "honesty",
    ),
    Asked(
        Topic.MEASURES,
        _(
            "Do we get the tickets themselves at every review, with distributions and what comes"
            " back most, and may we work out the figures ourselves?"
        ),
        _("A full export at any time"),
        _("A slide with an average"),
        "honesty",
    ),
    Asked(
        Topic.SECURITY,
        _(
            "How do your people get at our systems: rights, second factor, password vault, devices,"
            " records of what administrators do, background checks?"
        ),
        _("Each point as a rule with proof"),
        _("Shared accounts"),
        "security",
    ),
    Asked(
        Topic.SECURITY,
        _("Which rules of our sector have you worked under, and which duties do you sign for?"),
        _("References under the same rules, and a list of duties"),
        _("Compliance is a matter of the client"),
        "references",
        lambda a, o: a.regulated,
    ),
    Asked(
        Topic.SECURITY,
        _(
            "We need a managed security operations centre. Is it yours or a partner's, who watches"
            " at night, and what do they do without asking us?"
        ),
        _("A separate team with its own targets and its own price"),
        _("It is included"),
        "security",
        lambda a, o: a.managed_soc_required,
    ),
    Asked(
        Topic.SECURITY,
        _("When in the first 30 days do you restore from our backups, and what do you show us?"),
        _("A date, a system, a protocol"),
        _("The backup software reports success"),
        "security",
        lambda a, o: not a.backups_tested,
    ),
    Asked(
        Topic.PRICE,
        _(
            "List what the price does not include, and the price of each: projects, moves, on-site"
            " work, nights, new people, licences."
        ),
        _("A closed list with prices"),
        _("“Usually included”"),
        "transparency",
    ),
    Asked(
        Topic.PRICE,
        _("What counts as a workplace: shared devices, phones, servers, people on leave?"),
        _("A definition, and a price that falls when people leave"),
        _("The number only ever rises"),
        "transparency",
        lambda a, o: o is Option.PER_SEAT_SUBSCRIPTION,
    ),
    Asked(
        Topic.PRICE,
        _("If our tickets fall by a third, what changes for you, and what for us?"),
        _("They gain from fewer tickets, and can say how"),
        _("The fee stays, and nothing is prevented"),
        "transparency",
        lambda a, o: o in (*_SUBSCRIBED, Option.CO_MANAGED),
    ),
    Asked(
        Topic.PRICE,
        _(
            "What does a call cost, how long does one wait for you on a busy day, and what did the"
            " dearest incident of the last year cost a client like us?"
        ),
        _("Figures, and a cap that can be agreed"),
        _("It depends"),
        "transparency",
        lambda a, o: o in (Option.ON_DEMAND, Option.INTERNAL_PLUS_ON_DEMAND),
    ),
    Asked(
        Topic.LEAVING,
        _(
            "Show your plan for the first 90 days: knowledge taken over, dates, and from when on"
            " full targets count."
        ),
        _("Two dates: the launch, and full service after 60 to 90 days"),
        _("Everything from the first week on"),
        "knowledge",
    ),
    Asked(
        Topic.LEAVING,
        _(
            "Which runbooks, maps and articles do you deliver, when are"
            " they renewed, whose are they?"
        ),
        _("A deliverable with dates, and ours"),
        _("They stay in the provider's own wiki"),
        "knowledge",
    ),
    Asked(
        Topic.LEAVING,
        _("May we speak with a client you lost in the last two years, and hear from them why?"),
        _("A name, and what they changed since"),
        _("There is none, or it is confidential"),
        "lost_client",
    ),
    Asked(
        Topic.LEAVING,
        _("Name two clients of our size and sector that we may call."),
        _("Two names, reachable"),
        _("Logos on a page"),
        "references",
    ),
    Asked(
        Topic.LEAVING,
        _(
            "How long does the contract run, what does it cost to end it early, and how do you help"
            " with the handover to whoever comes next?"
        ),
        _("Months, a fee that is named, and weeks of help with a price"),
        _("Years that renew by themselves"),
        "leaving",
    ),
)


def questions_for(answers: Answers | None, option: Option | None) -> tuple[Asked, ...]:
    """The questions for a company with these answers; without any, those for everybody."""

    def is_asked(each: Asked) -> bool:
        if each.when is None:
            return True
        return answers is not None and option is not None and each.when(answers, option)

    return tuple(each for each in QUESTIONS if is_asked(each))
