"""What people fill in to invite, place, miss and let go one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms

from commondesk.accounts import policy, queries
from commondesk.accounts.arrangement import leaving
from commondesk.accounts.arrangement.arranging import UnfitArrangement
from commondesk.accounts.arrangement.company import LANGUAGES
from commondesk.accounts.arrangement.leaving import Burden, BurdenKind, Leaving, Successor
from commondesk.accounts.arrangement.places import Place
from commondesk.accounts.arrangement.teams import TEAM_TIERS
from commondesk.accounts.forms import PlainForm
from commondesk.accounts.models import Company, Membership, Team
from commondesk.accounts.policy import Role, Viewer
from commondesk.core.record.event import Side
from commondesk.core.record.instant import Instant, instant_of
from commondesk.core.texts import gettext, gettext_lazy

ROLE_CHOICES = (
    (Role.REQUESTER, gettext_lazy("Requester: asks for help")),
    (Role.AGENT, gettext_lazy("Agent: works tickets")),
    (Role.LEAD, gettext_lazy("Lead: works tickets, answers for a team")),
    (Role.REFERENT, gettext_lazy("Referent: steers the desk for the company")),
    (Role.DECISION_MAKER, gettext_lazy("Decision maker: signs the charter")),
    (Role.APPROVER, gettext_lazy("Approver: grants or refuses what needs a decision")),
    (Role.AUDITOR, gettext_lazy("Auditor: reads and verifies, changes nothing")),
)
Choices = Sequence[tuple[str, Any]]


class BlamableForm(PlainForm):
    """A form that puts what an action refused at the field it is about."""

    fields_by_problem: dict[str, str] = {}

    def blame(self, problem: UnfitArrangement) -> None:
        """Say what is wrong, at its field where there is one."""
        name = self.fields_by_problem.get(problem.field, problem.field)
        self.add_error(name if name in self.fields else None, str(problem))


# ---- places -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Side, provider and team, as one choice of a list says them."""

    side: str
    provider: UUID | None = None
    team: str = ""

    @property
    def written(self) -> str:
        return f"{self.side}:{self.provider or ''}:{self.team}"


def whereabouts_of(place: Place) -> Whereabouts:
    """Where somebody is now."""
    return Whereabouts(place.side, place.provider, place.slug)


def place_choices(company: Company, viewer: Viewer) -> Choices:
    """Every side and team that this viewer may put somebody into, by whose it is."""
    teams = queries.serving_teams(company.uuid)
    choices: list[tuple[str, str]] = []
    if policy.may_arrange(viewer, Side.REQUESTER, ""):
        asks = gettext("%(company)s: asks for help") % {"company": company.title}
        choices += [
            (Whereabouts(Side.REQUESTER).written, asks),
            *_of_side(company.title, Side.COMPANY, None, teams),
        ]
    for provider, title in queries.providers(company.uuid).items():
        if policy.may_arrange(viewer, Side.PROVIDER, str(provider)):
            choices += _of_side(title, Side.PROVIDER, provider, teams)
    return choices


def _of_side(
    whose: str, side: str, provider: UUID | None, teams: Sequence[Team]
) -> list[tuple[str, str]]:
    own = [team for team in teams if team.provider_id == provider and team.side == side]
    return [
        *(
            (Whereabouts(side, provider, team.slug).written, _joined(whose, _named(team)))
            for team in own
        ),
        (Whereabouts(side, provider).written, _joined(whose, gettext("in no team"))),
    ]


def _joined(whose: str, place: str) -> str:
    return gettext("%(whose)s: %(place)s") % {"whose": whose, "place": place}


def _named(team: Team) -> str:
    return f"{team.title} ({team.tier})"


class PlaceForm(BlamableForm):
    """Where somebody belongs, and what they do there."""

    fields_by_problem = {"side": "place", "team": "place", "provider": "place"}
    place = forms.ChoiceField(
        label=gettext_lazy("Where"),
        help_text=gettext_lazy("Whoever works tickets belongs to a team."),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=ROLE_CHOICES, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, company: Company, viewer: Viewer, **options: Any) -> None:
        super().__init__(*args, **options)
        place = cast(forms.ChoiceField, self.fields["place"])
        place.choices = place_choices(company, viewer)
        place.error_messages["invalid_choice"] = gettext("Choose from the list.")
        roles = cast(forms.MultipleChoiceField, self.fields["roles"])
        roles.error_messages["required"] = gettext("Choose at least one role.")
        roles.error_messages["invalid_choice"] = gettext("Choose from the list.")
        if not policy.may_arrange(viewer, Side.REQUESTER, ""):
            known = policy.ROLES_OF_SIDE[Side.PROVIDER]
            roles.choices = [each for each in ROLE_CHOICES if each[0] in known]

    @property
    def wanted(self) -> dict[str, Any]:
        """Side, provider, team and roles, as the actions take them."""
        side, provider, team = self.cleaned_data["place"].split(":")
        return {
            "side": side,
            "provider": UUID(provider) if provider else None,
            "team": team,
            "roles": self.cleaned_data["roles"],
        }


class InviteForm(PlaceForm):
    """Whom to ask, as what, and at which of the companies that one's provider serves."""

    address = forms.EmailField(
        label=gettext_lazy("Mail address"),
        max_length=254,
        error_messages={"invalid": gettext_lazy("Give a mail address such as anna@example.com.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("They can correct it."),
    )
    also_in = forms.MultipleChoiceField(
        label=gettext_lazy("Also for these companies"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, others: Sequence[Company] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        also_in = cast(forms.MultipleChoiceField, self.fields["also_in"])
        also_in.choices = [(str(company.uuid), company.title) for company in others]
        also_in.help_text = gettext("In the team of the same name there, or of the same tier.")
        self.order_fields(["address", "name", "place", "roles", "also_in"])


class InviteProviderForm(BlamableForm):
    """Who is to serve the company, and who of them comes first."""

    provider_title = forms.CharField(
        label=gettext_lazy("What the provider calls itself"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    address = forms.EmailField(
        label=gettext_lazy("Mail address of their first person"),
        max_length=254,
        help_text=gettext_lazy(
            "They lead and sign for the provider here, and invite their own people."
        ),
        error_messages={"invalid": gettext_lazy("Give a mail address such as anna@example.com.")},
    )
    name = forms.CharField(label=gettext_lazy("Their name"), max_length=200, required=False)


class CopyForm(BlamableForm):
    """To which other company and team somebody is to go as well."""

    fields_by_problem = {"team": "place", "side": "place"}
    place = forms.ChoiceField(label=gettext_lazy("Company and team"))

    def __init__(self, *args: Any, choices: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["place"]).choices = choices


class TeamForm(BlamableForm):
    """A team's name, tier and contact."""

    title = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    tier = forms.ChoiceField(
        label=gettext_lazy("Tier"), choices=[(tier, tier) for tier in TEAM_TIERS]
    )
    contact = forms.ChoiceField(
        label=gettext_lazy("Escalation contact"),
        required=False,
        help_text=gettext_lazy("Answers for every ticket of the team that nobody owns."),
    )

    def __init__(self, *args: Any, people: Sequence[Membership] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        contact = cast(forms.ChoiceField, self.fields["contact"])
        contact.choices = [
            ("", gettext("Nobody yet")),
            *((str(each.person.uuid), each.person.title) for each in people),
        ]

    @property
    def contact_uuid(self) -> UUID | None:
        return queries.uuid_of(self.cleaned_data["contact"])


class CompanyForm(BlamableForm):
    """What a company is called, and what its mails are written in."""

    title = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        help_text=gettext_lazy("Ticket numbers keep the letters they began with."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Mails are written in"),
        choices=list(LANGUAGES.items()),
        help_text=gettext_lazy("Whoever chose a language of their own gets that one."),
    )


class NewTeamForm(BlamableForm):
    """A new team: whose it is, its name and tier."""

    provider = forms.ChoiceField(label=gettext_lazy("Whose"), required=False)
    title = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    tier = forms.ChoiceField(
        label=gettext_lazy("Tier"), choices=[(tier, tier) for tier in TEAM_TIERS]
    )

    def __init__(self, *args: Any, company: Company, viewer: Viewer, **options: Any) -> None:
        super().__init__(*args, **options)
        named = [("", company.title)] if policy.may_arrange(viewer, Side.COMPANY, "") else []
        named += [
            (str(uuid), title)
            for uuid, title in queries.providers(company.uuid).items()
            if policy.may_arrange(viewer, Side.PROVIDER, str(uuid))
        ]
        cast(forms.ChoiceField, self.fields["provider"]).choices = named


# ---- being away ---------------------------------------------------------------------------


class AbsenceForm(BlamableForm):
    """The first and the last day somebody is away, and who stands in."""

    fields_by_problem = {"from": "from_on", "until": "until_on"}
    from_on = forms.DateField(
        label=gettext_lazy("First day away"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until_on = forms.DateField(
        label=gettext_lazy("Last day away"), widget=forms.DateInput(attrs={"type": "date"})
    )
    deputy = forms.ChoiceField(label=gettext_lazy("Who stands in"))

    def __init__(self, *args: Any, people: Sequence[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        deputy = cast(forms.ChoiceField, self.fields["deputy"])
        deputy.choices = [
            ("", gettext("Choose")),
            *((str(p.person.uuid), p.person.title) for p in people),
        ]
        for name in ("from_on", "until_on"):
            self.fields[name].error_messages["invalid"] = gettext("Give a day such as 2026-07-20.")

    def span(self, zone: ZoneInfo) -> tuple[Instant, Instant]:
        """From the beginning of the first day to the end of the last one, at that place."""
        first, last = self.cleaned_data["from_on"], self.cleaned_data["until_on"]
        return midnight(first, zone), midnight(last + timedelta(days=1), zone)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("from_on", "until_on"):
            day = given.get(name)
            if day is not None and not 2000 <= day.year <= 2100:
                self.add_error(name, gettext("Give a day such as 2026-07-20."))
        return given


def midnight(day: date, zone: ZoneInfo) -> Instant:
    """When a day begins at that place."""
    return instant_of(datetime.combine(day, time.min, zone))


# ---- leaving ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BurdenLine:
    """A burden, and the choice of who gets it."""

    burden: Burden
    field: forms.BoundField


class LeaveForm(BlamableForm):
    """Who gets what somebody leaves behind: one choice for all tickets, or one for each."""

    for_all = forms.ChoiceField(label=gettext_lazy("All tickets go to"), required=False)

    def __init__(
        self,
        *args: Any,
        company: UUID,
        viewer: Viewer,
        leaving: Leaving,
        burdens: Sequence[Burden],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.burdens = burdens
        known: dict[tuple[str, str, UUID | None], Choices] = {}
        for burden in burdens:
            kind = burden.kind, burden.side, burden.provider
            if kind not in known:
                known[kind] = successor_choices(company, viewer, burden, leaving)
            self.fields[burden.name] = self._field(burden, known[kind])
        tickets = known.get((BurdenKind.TICKET, "", None), ())
        cast(forms.ChoiceField, self.fields["for_all"]).choices = [
            ("", gettext("Choose for each below")),
            *tickets,
        ]

    @staticmethod
    def _field(burden: Burden, choices: Choices) -> forms.ChoiceField:
        is_ticket = burden.kind is BurdenKind.TICKET
        first = ("", gettext("As chosen for all") if is_ticket else gettext("Choose"))
        return forms.ChoiceField(label=burden.title, required=False, choices=[first, *choices])

    @property
    def has_tickets(self) -> bool:
        return any(each.kind is BurdenKind.TICKET for each in self.burdens)

    @property
    def lines(self) -> list[BurdenLine]:
        return [BurdenLine(each, self[each.name]) for each in self.burdens]

    @property
    def successors(self) -> dict[str, Successor]:
        """What was chosen for single burdens."""
        chosen = {each.name: self.cleaned_data.get(each.name, "") for each in self.burdens}
        return {name: successor_of(text) for name, text in chosen.items() if text}

    @property
    def usual(self) -> Successor | None:
        """What was chosen for all tickets."""
        text = self.cleaned_data.get("for_all", "")
        return successor_of(text) if text else None


def successor_of(text: str) -> Successor:
    """What a choice of the list means."""
    kind, _, key = text.partition(":")
    return Successor("", UUID(key)) if kind == "person" else Successor(key)


def successor_choices(company: UUID, viewer: Viewer, burden: Burden, going: Leaving) -> Choices:
    """Who can have it, as this viewer may choose: teams first, then people."""
    people = [
        (f"person:{each.person.uuid}", each.person.title)
        for each in leaving.able(company, burden, going)
        if _is_choosable(viewer, each.provider_id)
        and (each.team is not None or burden.kind is not BurdenKind.TICKET)
    ]
    if burden.kind is not BurdenKind.TICKET:
        return people
    teams = [
        (f"team:{team.slug}", _named(team))
        for team in leaving.serving_teams(company, going)
        if _is_choosable(viewer, team.provider_id)
    ]
    return [(gettext("Teams"), teams), (gettext("People"), people)]


def _is_choosable(viewer: Viewer, provider: UUID | None) -> bool:
    return not viewer.is_one_of_many or str(provider or "") in ("", viewer.provider)


# ---- joining ------------------------------------------------------------------------------


class JoinForm(BlamableForm):
    """A name and a password for somebody who was invited."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("A password"),
        max_length=1024,
        strip=False,
        help_text=gettext_lazy(
            "At least 12 characters. A short sentence is good and easy to keep."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )

    def __init__(self, *args: Any, is_known: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_known:
            del self.fields["name"]
