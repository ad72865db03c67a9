"""The nine options beside the money: who owns what, who carries which risk, how one leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...texts import gettext, gettext_noop, pgettext, pgettext_noop
from ..diagnosis.answers import Option

NAMES: Mapping[Option, str] = {
    Option.INTERNAL: gettext_noop("In-house"),
    Option.INTERNAL_PLUS_ON_DEMAND: gettext_noop("In-house with a provider now and then"),
    Option.ON_DEMAND: gettext_noop("On demand"),
    Option.PER_SEAT_SUBSCRIPTION: gettext_noop("Subscription by workstation"),
    Option.MSP_RETAINER: gettext_noop("Managed service provider on retainer"),
    Option.FRACTIONAL_REMOTE_TEAM: gettext_noop("Fractional remote team"),
    Option.HYBRID_AI_EXPERT: gettext_noop("Assistant with experts on call"),
    Option.CO_MANAGED: gettext_noop("Co-managed"),
    Option.PROJECT_OUTSOURCING: gettext_noop("Projects outsourced"),
}


def name(option: Option) -> str:
    """What an option is called, in the language spoken."""
    return gettext(NAMES[option])


OWN_PEOPLE = frozenset({Option.INTERNAL, Option.INTERNAL_PLUS_ON_DEMAND, Option.CO_MANAGED})
"""Options with people of one's own on the desk."""
STANDING = frozenset(
    {
        Option.PER_SEAT_SUBSCRIPTION,
        Option.MSP_RETAINER,
        Option.FRACTIONAL_REMOTE_TEAM,
        Option.CO_MANAGED,
    }
)
"""Options with a provider who is always there, not called now and then."""

_COMPANY = pgettext_noop("who holds it", "you")
_PROVIDER = pgettext_noop("who holds it", "the provider")
_BOTH = pgettext_noop("who holds it", "both, as agreed")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an option means apart from its price, as these arrangements usually are.

    What a contract in hand says otherwise is written into the case, and replaces it.
    """

    tools: str
    data: str
    policies: str
    turnover_risk: str
    volume_risk: str
    outage_risk: str
    scales: str
    leaves: str
    source: str


_ONE_BY_ONE = gettext_noop("One hire at a time: weeks to months")
_BY_CALL = gettext_noop("With each call; nobody is held ready")
_BY_SEAT = gettext_noop("With each workstation, within days")
_BY_CONTRACT = gettext_noop("By changing the contract")
_BY_ROLE = gettext_noop("By adding or ending a role, within days to weeks")
_BY_PROJECT = gettext_noop("With each project")
_NOTICE = gettext_noop("People's notice; what they know leaves with them unless it is written")
_NOTHING = gettext_noop("Nothing binds; nothing is handed over either")
_TERM = gettext_noop("At the end of the term; tools and documentation must be taken back")
_MONTHLY = gettext_noop("With the month; your tools and records stay")
_ROLE_END = gettext_noop("By ending the roles; tools and policies stay yours")
_PARTNER_END = gettext_noop("At the end of the term; your own people keep the knowledge")
_DELIVERY = gettext_noop("With the delivery; make the handover part of it")

TERMS: Mapping[Option, Terms] = {
    Option.INTERNAL: Terms(
        _COMPANY, _COMPANY, _COMPANY, _COMPANY, _COMPANY, _COMPANY, _ONE_BY_ONE, _NOTICE, "000"
    ),
    Option.INTERNAL_PLUS_ON_DEMAND: Terms(
        _COMPANY, _COMPANY, _COMPANY, _COMPANY, _COMPANY, _COMPANY, _BY_CALL, _NOTICE, "000, 004"
    ),
    Option.ON_DEMAND: Terms(
        _COMPANY, _COMPANY, _COMPANY, _PROVIDER, _COMPANY, _COMPANY, _BY_CALL, _NOTHING, "003, 004"
    ),
    Option.PER_SEAT_SUBSCRIPTION: Terms(
        _PROVIDER, _COMPANY, _BOTH, _PROVIDER, _PROVIDER, _BOTH, _BY_SEAT, _TERM, "004"
    ),
    Option.MSP_RETAINER: Terms(
        _PROVIDER, _COMPANY, _PROVIDER, _PROVIDER, _BOTH, _BOTH, _BY_CONTRACT, _TERM, "000, 002"
    ),
    Option.FRACTIONAL_REMOTE_TEAM: Terms(
        _COMPANY, _COMPANY, _COMPANY, _PROVIDER, _COMPANY, _COMPANY, _BY_ROLE, _ROLE_END, "000"
    ),
    Option.HYBRID_AI_EXPERT: Terms(
        _PROVIDER, _BOTH, _BOTH, _PROVIDER, _COMPANY, _COMPANY, _BY_CALL, _MONTHLY, "004"
    ),
    Option.CO_MANAGED: Terms(
        _BOTH, _COMPANY, _COMPANY, _BOTH, _BOTH, _BOTH, _BY_CONTRACT, _PARTNER_END, "002, 003"
    ),
    Option.PROJECT_OUTSOURCING: Terms(
        _BOTH, _COMPANY, _COMPANY, _PROVIDER, _COMPANY, _COMPANY, _BY_PROJECT, _DELIVERY, "001"
    ),
}  # fmt: skip

ASPECTS: Mapping[str, str] = {
    "tools": gettext_noop("Who owns the tools"),
    "data": gettext_noop("Who owns the data"),
    "policies": gettext_noop("Whose policies hold"),
    "turnover_risk": gettext_noop("Who pays when people leave"),
    "volume_risk": gettext_noop("Who pays for more tickets"),
    "outage_risk": gettext_noop("Who carries an outage"),
    "scales": gettext_noop("How it grows and shrinks"),
    "leaves": gettext_noop("How one leaves"),
}
"""The rows of the table, in their order."""
HOLDERS = {"company": _COMPANY, "provider": _PROVIDER, "both": _BOTH}
"""The words a case uses for who holds something."""


def terms_of(option: Option, said: Mapping[str, str]) -> dict[str, str]:
    """Each aspect of an option in the language spoken; said replaces what the contract says."""
    usual = TERMS[option]
    held = set(HOLDERS.values())
    found = {}
    for aspect in ASPECTS:
        if words := said.get(aspect):
            found[aspect] = pgettext("who holds it", HOLDERS[words]) if words in HOLDERS else words
            continue
        words = getattr(usual, aspect)
        found[aspect] = pgettext("who holds it", words) if words in held else gettext(words)
    return found
