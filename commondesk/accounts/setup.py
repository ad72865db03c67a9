"""The first company: a set-up link that works once, and what five fields make of it."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from commondesk.accounts import directory
from commondesk.accounts.models import Company, Membership, Person, SetupToken, Team, address_of
from commondesk.accounts.policy import Role
from commondesk.core import texts
from commondesk.core.record.arrangement import TeamFormed
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.events import CompanyFounded, Tier
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import chance, store, words

PREFIX_LENGTH = 6
FOUNDER_ROLES = (
    Role.REFERENT,
    Role.DECISION_MAKER,
    Role.AGENT,
    Role.LEAD,
    Role.APPROVER,
    Role.REQUESTER,
)
FIRST_TEAMS = (
    ("L1", "First line", Tier.L1),  # not for readers: kept in the record, and theirs to rename
    ("L2", "Second line", Tier.L2),  # not for readers
)
DEFAULT_TEMPLATE = "help-desk-8x5"
_PREFIX = re.compile(rf"[A-Z][A-Z0-9]{{0,{PREFIX_LENGTH - 1}}}")


class SetupClosed(ValueError):
    """The link was used, replaced by a newer one, or never given out."""


class UnfitCompany(ValueError):
    """A company cannot be founded as asked; `problems` holds sentences by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Founding:
    """A company that is being founded, for the rooms above that add their part."""

    company: Company
    founder: Person
    actor: Actor
    at: Instant
    template: str


FOUNDING_STEPS: list[Callable[[Founding], None]] = []
"""What other rooms do when a company is founded, in the same transaction."""


# ---- the link -----------------------------------------------------------------------------


def setup_link() -> str | None:
    """A new path to the set-up page, the only one that works from now on; None once set up."""
    with transaction.atomic():
        SetupToken.objects.all().delete()
        if is_set_up():
            return None
        token = secrets.token_urlsafe(32)
        SetupToken.objects.create(digest=_digest_of(token))
    return f"/setup/{token}/"


def is_set_up() -> bool:
    """Whether somebody's own company is here; a sample is nobody's."""
    return Company.objects.filter(is_sample=False).exists()


def is_open(token: str) -> bool:
    """Whether this token still opens the set-up page."""
    if is_set_up():
        return False
    return SetupToken.objects.filter(digest=_digest_of(token)).exists()


def _digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _use(token: str) -> None:
    # The row is removed by whoever is first; everybody else finds none.
    used, _ = SetupToken.objects.filter(digest=_digest_of(token)).delete()
    if not used or is_set_up():
        raise SetupClosed(
            gettext(
                "This set-up link was used or replaced. Start Commondesk again to get a new one."
            )
        )


# ---- the company --------------------------------------------------------------------------


def set_up(
    token: str,
    *,
    at: Instant,
    title: str,
    person_title: str,
    address: str,
    password: str,
    zone: str,
    template: str = DEFAULT_TEMPLATE,
) -> tuple[Company, Person]:
    """Found the first company with the set-up link. Raises SetupClosed or UnfitCompany."""
    with transaction.atomic():
        _use(token)
        return found_company(
            at=at,
            title=title,
            person_title=person_title,
            address=address,
            password=password,
            zone=zone,
            template=template,
        )


@transaction.atomic
def found_company(
    *,
    at: Instant,
    title: str,
    person_title: str,
    address: str,
    password: str | None,
    zone: str,
    prefix: str = "",
    country: str = "",
    desk_address: str = "",
    language: str = "en",
    template: str = DEFAULT_TEMPLATE,
    is_invited: bool = False,
    is_sample: bool = False,
) -> tuple[Company, Person]:
    """Make a company with its first person, teams, draft charter and calendar.

    Without a password the person is one who signs in here already, at another company, or, if
    is_invited, anybody: then they set one by an invitation. is_sample says that all of it is made
    up; it is being played then. Raises UnfitCompany with a sentence for each field that does not
    fit.
    """
    _refuse_unfit(title, person_title, address, password, zone, is_invited=is_invited)
    _refuse_unfit_further(prefix, country, desk_address)
    company = Company.objects.create(
        uuid=chance.uuid(),
        title=title.strip(),
        prefix=prefix or free_prefix(title),
        zone=zone,
        country=country or country_of(zone),
        desk_address=address_of(desk_address) or _free_desk_address(address),
        language=language,
        is_sample=is_sample,
        is_playing=is_sample,
    )
    founder = _founder(company, person_title, address, password)
    actor = Actor(str(founder.uuid), Side.COMPANY)
    _record(company, founder, at=at, actor=actor)
    founding = Founding(company, founder, actor, at, template)
    for step in FOUNDING_STEPS:
        step(founding)
    return company, founder


def _refuse_unfit(
    title: str,
    person_title: str,
    address: str,
    password: str | None,
    zone: str,
    *,
    is_invited: bool,
) -> None:
    problems = {}
    if not title.strip():
        problems["title"] = gettext("Give the company's name.")
    if not person_title.strip():
        problems["person_title"] = gettext("Give your name.")
    is_known = password is None and not is_invited
    if problem := _problem_of_address(address, is_known=is_known, is_invited=is_invited):
        problems["address"] = problem
    if not _is_zone(zone):
        problems["zone"] = gettext("Choose a place from the list, such as Europe/Berlin.")
    founder = Person(title=person_title, address=address)
    if password is not None and (problem := _problem_of_password(password, founder)):
        problems["password"] = problem
    if problems:
        raise UnfitCompany(problems)


def _refuse_unfit_further(prefix: str, country: str, desk_address: str) -> None:
    problems = {}
    if prefix and not _PREFIX.fullmatch(prefix):
        problems["prefix"] = gettext(
            "A prefix is one to six capital letters and digits, a letter first."
        )
    elif prefix and Company.objects.filter(prefix=prefix).exists():
        problems["prefix"] = gettext("Another company has the prefix %(prefix)s.") % {
            "prefix": prefix
        }
    if country and not re.fullmatch("[A-Z]{2}", country):
        problems["country"] = gettext("Give a country as two capital letters, such as DE.")
    if desk_address and not _is_free_address(desk_address):
        problems["desk_address"] = gettext("Give a mail address that no other desk has.")
    if problems:
        raise UnfitCompany(problems)


def _is_free_address(address: str) -> bool:
    try:
        validate_email(address_of(address))
    except ValidationError:
        return False
    return not Company.objects.filter(desk_address=address_of(address)).exists()


def _free_desk_address(address: str) -> str:
    """The usual one at the founder's domain; none where it is another desk's already."""
    wanted = f"support@{address_of(address).partition('@')[2]}"
    return "" if Company.objects.filter(desk_address=wanted).exists() else wanted


def _problem_of_address(address: str, *, is_known: bool, is_invited: bool) -> str:
    try:
        validate_email(address_of(address))
    except ValidationError:
        return gettext("Give a mail address such as anna@example.com.")
    person = Person.objects.filter(address=address_of(address)).first()
    if is_invited:
        return (
            ""
            if person is None or person.is_active
            else gettext("Nobody is reached there any more.")
        )
    if is_known:
        signs_in = person is not None and person.is_active and person.has_usable_password()
        return (
            "" if signs_in else gettext("Nobody signs in with this address yet: give a password.")
        )
    return gettext("This address is known here already.") if person else ""


def _problem_of_password(password: str, person: Person) -> str:
    if len(password) > 1024:
        return gettext("A password has at most 1024 characters.")
    try:
        validate_password(password, person)
    except ValidationError as refused:
        return " ".join(refused.messages)
    return ""


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return bool(name)


def _founder(company: Company, title: str, address: str, password: str | None) -> Person:
    person = _person(title, address, password)
    teams = [
        Team.objects.create(
            company=company, slug=slug, title=name, tier=tier, side=Side.COMPANY, contact=person
        )
        for slug, name, tier in FIRST_TEAMS
    ]
    Membership.objects.create(
        company=company,
        person=person,
        side=Side.COMPANY,
        roles=[str(role) for role in FOUNDER_ROLES],
        team=teams[0],
    )
    return person


def _person(title: str, address: str, password: str | None) -> Person:
    if password is None and (known := Person.objects.filter(address=address_of(address)).first()):
        return known
    person = Person(uuid=chance.uuid(), title=title.strip(), address=address)
    person.set_password(password)
    person.save()
    return person


def _record(company: Company, founder: Person, *, at: Instant, actor: Actor) -> None:
    founded = CompanyFounded(
        company=str(company.uuid),
        title=words.keep(company.uuid, stream=COMPANY_STREAM, kind="title", text=company.title),
        prefix=company.prefix,
        zone=company.zone,
        is_sample=company.is_sample,
    )
    formed = [
        TeamFormed(team.slug, team.title, Tier(team.tier), team.side, "", str(founder.uuid))
        for team in company.teams.order_by("id")
    ]
    drafts = [
        *(Draft(COMPANY_STREAM, at, actor, body) for body in (founded, *formed)),
        directory.introduction(company.uuid, founder, at=at, actor=actor),
    ]
    store.append(company.uuid, drafts, learnt_at=at)


# ---- names and places ---------------------------------------------------------------------


def free_prefix(title: str) -> str:
    """Up to six letters of the name that begin no other company's ticket numbers."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    letters = re.sub("[^A-Z]", "", plain.upper()) or "DESK"
    taken = set(Company.objects.values_list("prefix", flat=True))
    tries = (letters[:PREFIX_LENGTH], *_varied(letters))
    return next(each for each in tries if each not in taken)


def _varied(letters: str) -> list[str]:
    alphabet = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    short = letters[: PREFIX_LENGTH - 2]
    ends = [*alphabet, *(first + second for first in alphabet for second in alphabet)]
    return [short + end for end in ends]


def country_of(zone: str) -> str:
    """The two letters of the zone's country; empty for a zone that lies in none."""
    return _country_by_zone().get(_other_names().get(zone, zone), "")


def places() -> tuple[tuple[str, str], ...]:
    """Each zone with its country's name, by country, as choices for a form."""
    return (*_places(texts.language()), ("UTC", gettext("No country: UTC")))


@cache
def _places(language: str) -> tuple[tuple[str, str], ...]:
    countries, words = _countries(language), gettext("%(country)s: %(zone)s")
    named = [
        (zone, words % {"country": countries.get(country, country), "zone": zone})
        for zone, country in _country_by_zone().items()
    ]
    return tuple(sorted(named, key=lambda place: _without_accents(place[1])))


def _countries(language: str) -> dict[str, str]:
    """What countries are called, by their two letters."""
    rows = [line.split("\t") for line in _table("iso3166.tab") if not line.startswith("#")]
    if language == texts.ENGLISH:
        return dict(rows)
    from babel import Locale

    return dict(rows) | dict(Locale.parse(language).territories)


def _without_accents(text: str) -> str:
    """The text as it is put in order: É stands beside E."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


@cache
def _country_by_zone() -> dict[str, str]:
    rows = [line.split("\t") for line in _table("zone.tab") if not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


@cache
def _other_names() -> dict[str, str]:
    """Zones by names they had before, such as Asia/Calcutta, which browsers still tell."""
    links = [line.split() for line in _table("tzdata.zi") if line.startswith("L ")]
    return {name: zone for _, zone, name in links if name not in _country_by_zone()}


def _table(name: str) -> list[str]:
    return (resources.files("tzdata") / "zoneinfo" / name).read_text().splitlines()
