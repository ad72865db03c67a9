"""Asking somebody by mail to join, with a link that works once; only a hash of it is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from commondesk.accounts import directory, letters, policy
from commondesk.accounts.arrangement import members, providers, teams
from commondesk.accounts.arrangement.arranging import (
    PEOPLE,
    Act,
    NotAllowed,
    NotThere,
    UnfitArrangement,
    arranging,
)
from commondesk.accounts.arrangement.places import (
    Place,
    fit_place,
    place_of,
    role_word,
    signers,
)
from commondesk.accounts.models import (
    Company,
    Invitation,
    Membership,
    Person,
    Provider,
    Team,
    address_of,
)
from commondesk.accounts.policy import Right, Role
from commondesk.core import texts
from commondesk.core.record.arrangement import (
    InvitationAccepted,
    InvitationSent,
    InvitationWithdrawn,
)
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.events import PersonProven, Proof
from commondesk.core.record.instant import DAY, Instant
from commondesk.core.texts import gettext
from commondesk.ledger import chance, memory, store, words

SPAN = directory.INVITATION_SPAN
FIRST_ROLES = (Role.AGENT, Role.LEAD, Role.DECISION_MAKER)
"""What the first person of a new provider is there."""


class InvitationOver(ValueError):
    """The link was used, withdrawn or replaced, or its days have passed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation that was just made, and its link: nobody can read it again later."""

    invitation: Invitation
    link: str
    is_mailed: bool

    @property
    def link_to_show(self) -> str:
        """The link, where no mail takes it and it opens nothing that is somebody's already."""
        is_known = Person.objects.filter(address=self.invitation.address).exists()
        return "" if self.is_mailed or is_known else self.link


# ---- inviting -----------------------------------------------------------------------------


def invite(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    address: str,
    title: str = "",
    side: str,
    roles: Collection[str],
    team: str = "",
    provider: UUID | None = None,
    also_in: Sequence[UUID] = (),
) -> Sent:
    """Ask somebody to join; one letter, also for other companies that the provider serves.

    Raises NotAllowed and UnfitArrangement.
    """
    with memory.atomic(), memory.remembering():
        store.hold_all([company, *also_in])
        with arranging(company, at=at, actor=actor, rights=PEOPLE) as act:
            place = fit_place(act, side=side, roles=roles, team=team, provider=provider)
            sent = _send(act, address, title, place)
        for other in dict.fromkeys(also_in):
            if other != company:
                _ask_along(other, place, at=at, actor=actor, address=address, title=title)
        return sent


def invite_provider(
    company: UUID, *, at: Instant, actor: Actor, provider_title: str, address: str, title: str = ""
) -> Sent:
    """Ask the first person of a provider: once they accept, it serves the company.

    Raises NotAllowed and UnfitArrangement.
    """
    with arranging(company, at=at, actor=actor, rights=(Right.ENGAGE_PROVIDERS,)) as act:
        named = providers.one_title(provider_title, "provider_title")
        served = Provider.objects.filter(
            title__iexact=named, engagements__company_id=company, engagements__until__isnull=True
        )
        if served.exists():
            raise UnfitArrangement(providers.serves_already(named), "provider_title")
        place = fit_place(
            act,
            side=Side.PROVIDER,
            roles=FIRST_ROLES,
            team="",
            provider=None,
            is_new_provider=True,
        )
        return _send(act, address, title, place, provider_title=named)


def invite_owner(company: Company, owner: Person, *, at: Instant, actor: Actor) -> Sent:
    """A link with which the first person of a company, who has no password yet, sets one."""
    with arranging(company.uuid, at=at, actor=actor, rights=(Right.ADD_PEOPLE,)) as act:
        member = Membership.objects.select_related("team").get(company=company, person=owner)
        place = place_of(member)
        return _made(act, owner.address or "", owner.title, place, invited_by=owner)


def _ask_along(
    company: UUID, place: Place, *, at: Instant, actor: Actor, address: str, title: str
) -> None:
    """The same for another company of the provider; the link of the first one opens it too."""
    with arranging(company, at=at, actor=actor, rights=(Right.ADD_OWN_PEOPLE,)) as act:
        if act.viewer is None or act.viewer.provider != str(place.provider):
            raise NotAllowed(f"{actor.id} answers for other people there")
        found = _like(company, place)
        if place.team is not None and found is None:
            home = Company.objects.get(uuid=company)
            raise UnfitArrangement(
                gettext(
                    "There is no team of tier %(tier)s at %(company)s yet. Form one there first."
                )
                % {"tier": place.team.tier, "company": home.title},
                "also_in",
            )
        there = fit_place(
            act,
            side=place.side,
            roles=place.roles,
            team=found.slug if found else "",
            provider=place.provider,
        )
        _send(act, address, title, there, has_letter=False)


def _like(company: UUID, place: Place) -> Team | None:
    """The team there that is most like the one here: of its name, else of its tier."""
    if place.team is None:
        return None
    there = Team.objects.filter(Q(provider_id=place.provider), company_id=company)
    named = there.filter(slug=place.team.slug).first()
    return named or there.filter(tier=place.team.tier).order_by("id").first()


def _send(
    act: Act,
    address: str,
    title: str,
    place: Place,
    *,
    provider_title: str = "",
    has_letter: bool = True,
) -> Sent:
    address = _fit_address(address)
    known = Person.objects.filter(address=address).first()
    if known and members.is_more_than_requester(act.company, known):
        raise UnfitArrangement(gettext("This person is known here already."), "address")
    if _waiting(act.company, act.at).filter(address=address).exists():
        raise UnfitArrangement(
            gettext("This address is invited already. Withdraw that first, or send it again."),
            "address",
        )
    by = Person.objects.filter(uuid=act.viewer.person_uuid).first() if act.viewer else None
    if by is None:
        raise NotAllowed("a person invites")
    sent = _made(act, address, title, place, invited_by=by, provider_title=provider_title)
    if has_letter:
        _post(act, sent)
    return sent


def _made(
    act: Act,
    address: str,
    title: str,
    place: Place,
    *,
    invited_by: Person,
    provider_title: str = "",
) -> Sent:
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        uuid=chance.uuid(),
        company_id=act.company,
        address=address,
        title=" ".join(title.replace("\0", "").split())[:200],
        side=place.side,
        roles=list(place.roles),
        team=place.team,
        provider_id=place.provider,
        provider_title=provider_title,
        digest=_digest_of(token),
        invited_by=invited_by,
        created_at=act.at,
        expires_at=act.at + SPAN,
    )
    act.record(
        InvitationSent(
            invitation=str(invitation.uuid),
            address=words.keep(
                act.company, stream=COMPANY_STREAM, kind="address", text=invitation.address
            ),
            side=place.side,
            roles=place.roles,
            team=place.slug,
            provider=str(place.provider or ""),
        )
    )
    link = f"{settings.ORIGIN}/invited/{token}/"
    return Sent(invitation, link, is_mailed=letters.is_sendable())


def _post(act: Act, sent: Sent) -> None:
    invitation, home = sent.invitation, Company.objects.get(uuid=act.company)
    with texts.spoken(home.language):
        role = told_place(invitation)
    letters.post(
        address=invitation.address,
        template="invitation",
        values={
            "company": home.title,
            "person": invitation.invited_by.title,
            "role": role,
            "days": str(SPAN // DAY),
            "link": sent.link,
        },
        language="",
        company=act.company,
        at=act.at,
    )


def told_place(invitation: Invitation) -> str:
    """What somebody is asked to be, in words."""
    roles = ", ".join(role_word(Role(role)) for role in invitation.roles)
    whose = invitation.provider_title or (invitation.provider and invitation.provider.title)
    if not whose:
        return roles
    return gettext("%(roles)s for %(provider)s") % {"roles": roles, "provider": whose}


def _fit_address(text: str) -> str:
    address = address_of(text)
    try:
        validate_email(address)
    except ValidationError:
        raise UnfitArrangement(
            gettext("Give a mail address such as anna@example.com."), "address"
        ) from None
    if len(address) > directory.LONGEST_ADDRESS:
        raise UnfitArrangement(gettext("This mail address is too long."), "address")
    return address


def _digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# ---- taking it back, sending it again -----------------------------------------------------


def withdraw(company: UUID, invitation: UUID, *, at: Instant, actor: Actor) -> Invitation:
    """Make an invitation void that nobody accepted. Raises NotAllowed and NotThere."""
    with arranging(company, at=at, actor=actor, rights=PEOPLE) as act:
        found = _unaccepted(act, invitation)
        _void(act, found)
        return found


def send_again(company: UUID, invitation: UUID, *, at: Instant, actor: Actor) -> Sent:
    """Ask anew with a new link; the old one opens nothing any more.

    Raises NotAllowed, NotThere and UnfitArrangement.
    """
    with arranging(company, at=at, actor=actor, rights=PEOPLE) as act:
        found = _unaccepted(act, invitation)
        place = fit_place(
            act,
            side=found.side,
            roles=found.roles,
            team=found.team.slug if found.team else "",
            provider=found.provider_id,
            is_new_provider=bool(found.provider_title),
        )
        _void(act, found)
        return _send(act, found.address, found.title, place, provider_title=found.provider_title)


def waiting(company: UUID, viewer: policy.Viewer) -> list[Invitation]:
    """The invitations that nobody accepted or withdrew, as far as the viewer may send them."""
    found = Invitation.objects.filter(
        company_id=company, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).exclude(address="")
    told = found.select_related("team", "provider", "invited_by").order_by("-created_at", "uuid")
    return [
        each for each in told if policy.may_arrange(viewer, each.side, str(each.provider_id or ""))
    ]


def _unaccepted(act: Act, invitation: UUID) -> Invitation:
    found = (
        Invitation.objects.select_related("team", "provider", "invited_by")
        .filter(
            company_id=act.company,
            uuid=invitation,
            accepted_at__isnull=True,
            withdrawn_at__isnull=True,
        )
        .first()
    )
    if found is None:
        raise NotThere(f"no invitation {invitation} waits here")
    act.require(found.side, found.provider_id)
    return found


def _void(act: Act, invitation: Invitation) -> None:
    Invitation.objects.filter(uuid=invitation.uuid).update(withdrawn_at=act.at, title="")
    act.record(InvitationWithdrawn(str(invitation.uuid)))


def _waiting(company: UUID, at: Instant) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        company_id=company,
        accepted_at__isnull=True,
        withdrawn_at__isnull=True,
        expires_at__gt=at,
    )


# ---- accepting ----------------------------------------------------------------------------


def invitation_for(token: str, at: Instant) -> Invitation:
    """The invitation that a link opens. Raises InvitationOver."""
    found = (
        Invitation.objects.select_related("company", "team", "provider", "invited_by")
        .filter(
            digest=_digest_of(token),
            accepted_at__isnull=True,
            withdrawn_at__isnull=True,
            expires_at__gt=at,
        )
        .first()
    )
    if found is None:
        raise InvitationOver(gettext("This link was used or withdrawn, or its days have passed."))
    return found


def account_of(invitation: Invitation) -> Person | None:
    """Whoever signs in with the invited address already; they confirm while signed in."""
    person = Person.objects.filter(
        address=invitation.address, is_active=True, memberships__is_active=True
    ).first()
    return person if person and person.has_usable_password() else None


def accept(
    token: str, *, at: Instant, name: str = "", password: str = "", signed_in: object = None
) -> tuple[Company, Person]:
    """Join as invited: as who is signed in with that address, else with a name and a password.

    Raises InvitationOver and UnfitArrangement.
    """
    companies = [each.company_id for each in _with_it(invitation_for(token, at), at)]
    try:
        with transaction.atomic(), memory.remembering():
            store.hold_all(companies)
            # Read again: whoever held the records before may have used the link.
            found = invitation_for(token, at)
            person = _accepting(found, name, password, signed_in)
            _accept(found, person, at)
            for invitation in _with_it(found, at):
                if invitation.uuid != found.uuid and invitation.company_id in companies:
                    _accept_along(invitation, person, at)
            return found.company, person
    except IntegrityError:
        raise UnfitArrangement(
            gettext("Somebody just joined with this address. Open the link again.")
        ) from None


def _with_it(invitation: Invitation, at: Instant) -> list[Invitation]:
    """The invitation, and those sent with the same letter for other companies."""
    same = Q(uuid=invitation.uuid)
    if invitation.provider_id is not None:
        same |= Q(
            address=invitation.address,
            invited_by=invitation.invited_by_id,
            created_at=invitation.created_at,
            provider=invitation.provider_id,
        )
    found = Invitation.objects.select_related("company", "team", "provider", "invited_by")
    return list(
        found.filter(
            same, accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=at
        ).order_by("company_id")
    )


def _accepting(invitation: Invitation, name: str, password: str, signed_in: object) -> Person:
    account = account_of(invitation)
    if account is not None:
        if signed_in != account:
            raise UnfitArrangement(gettext("Sign in with this address first."))
        return account
    person = Person.objects.filter(address=invitation.address).first()
    if person is None:
        title = providers.one_title(name, "name")
        person = Person(address=invitation.address, title=title)
    elif not person.is_active:
        raise InvitationOver(gettext("This link was used or withdrawn, or its days have passed."))
    elif not letters.is_sendable() and _is_anothers(person, invitation.company_id):
        # No mail took the link there, so having it does not show whose address it is.
        raise UnfitArrangement(
            gettext("This address belongs to somebody here by now. Ask to be added.")
        )
    _set_password(person, password)
    return person


def _is_anothers(person: Person, company: UUID) -> bool:
    return person.memberships.exclude(company_id=company).exists()


def _set_password(person: Person, password: str) -> None:
    if len(password) > 1024:
        raise UnfitArrangement(gettext("A password has at most 1024 characters."), "password")
    try:
        validate_password(password, person)
    except ValidationError as refused:
        raise UnfitArrangement(" ".join(refused.messages), "password") from None
    person.set_password(password)
    person.save()


def _accept(invitation: Invitation, person: Person, at: Instant) -> None:
    used = Invitation.objects.filter(
        uuid=invitation.uuid, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).update(accepted_at=at, title="")
    if not used:
        raise InvitationOver(gettext("This link was used or withdrawn, or its days have passed."))
    act = Act(
        invitation.company_id, at, Actor(str(person.uuid), Side(invitation.side)), viewer=None
    )
    act.record(InvitationAccepted(str(invitation.uuid), str(person.uuid)))
    _become(act, invitation, person)
    _prove(act, invitation, person)
    act.finish()


def _accept_along(invitation: Invitation, person: Person, at: Instant) -> None:
    """What came with the same letter; where it fits no more, it waits on and hinders nothing."""
    try:
        with transaction.atomic():
            _accept(invitation, person, at)
    except (InvitationOver, UnfitArrangement):
        memory.forget()


def _become(act: Act, invitation: Invitation, person: Person) -> None:
    before = Membership.objects.filter(
        company_id=act.company, person=person, is_active=True
    ).first()
    place = Place(invitation.side, tuple(invitation.roles), invitation.team, invitation.provider_id)
    if before is not None and place_of(before) == place:
        return
    if before is not None and before.roles != [Role.REQUESTER]:
        raise UnfitArrangement(gettext("You are somebody else here already. Nothing was changed."))
    if invitation.provider_title:
        place = _first_place(act, invitation)
    elif place.provider is not None and not _serves(act.company, place.provider):
        raise InvitationOver(gettext("This provider does not serve the company any more."))
    members.bring_in(act, person, place)


def _first_place(act: Act, invitation: Invitation) -> Place:
    """A provider begins with one team, whose contact is whoever comes first."""
    joining, act.actor = act.actor, Actor(str(invitation.invited_by.uuid), Side.COMPANY)
    provider = providers.engaged(act, invitation.provider_title)
    team = teams.first_of(act, provider)
    act.actor = joining
    roles = tuple(invitation.roles)
    if signers(act.company, provider.uuid):
        roles = tuple(role for role in roles if role != Role.DECISION_MAKER)
    return Place(invitation.side, roles, team, provider.uuid)


def _serves(company: UUID, provider: UUID) -> bool:
    return Company.objects.filter(
        uuid=company, engagements__provider=provider, engagements__until__isnull=True
    ).exists()


def _prove(act: Act, invitation: Invitation, person: Person) -> None:
    """Whoever has the link that was mailed to an address has the address."""
    if not letters.is_sendable():
        return
    unproven = Membership.objects.filter(
        company_id=act.company, person=person, proven_at__isnull=True
    )
    if unproven.update(proven_at=act.at):
        body = PersonProven(str(person.uuid), Proof.PORTAL)
        act.drafts.append(Draft(COMPANY_STREAM, act.at, act.actor, body))


__all__ = [
    "InvitationOver",
    "Sent",
    "accept",
    "account_of",
    "invitation_for",
    "invite",
    "invite_owner",
    "invite_provider",
    "send_again",
    "told_place",
    "waiting",
    "withdraw",
]
