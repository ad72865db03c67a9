"""The first steps of a desk, each done or not as the record and the mail say: nobody ticks them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from commondesk.accounts.doorway import Visit
from commondesk.accounts.models import Company, Engagement, Invitation, Person
from commondesk.accounts.policy import Right, visible_companies
from commondesk.core.record.event import Side
from commondesk.core.record.events import Channel
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.governance import charters
from commondesk.guide.models import PutAside
from commondesk.intake import given
from commondesk.intake.held.queries import steers_every_company
from commondesk.intake.models import MailAccount, RawMail

PLAY_SAMPLE = "sample:play"
"""The address that plays the sample company; a room on the same floor answers it."""

_FROM_OUTSIDE = (RawMail.Source.SMTP, RawMail.Source.LMTP, RawMail.Source.IMAP)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and how it stands. address: where it is done; empty: on the page itself."""

    key: str
    title: str
    words: str
    is_done: bool
    done_words: str = ""
    address: str = ""
    button: str = ""
    is_posted: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """The steps in their order. is_waiting: a test request is on its way in."""

    steps: tuple[Step, ...]
    is_waiting: bool
    is_put_aside: bool

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def next_key(self) -> str:
        """The first that is not done; empty when all are."""
        return next((step.key for step in self.steps if not step.is_done), "")


def path_of(visit: Visit) -> Path:
    company = visit.company
    made = (
        _sample(visit),
        _mail(company),
        _mailbox(visit),
        _answer(company),
        _provider(company),
        _charter(company, visit.at),
    )
    return Path(
        steps=tuple(step for step in made if step is not None),
        is_waiting=given.is_on_its_way(company.uuid),
        is_put_aside=is_put_aside(company.uuid, visit.viewer.person_uuid),
    )


# ---- step by step -------------------------------------------------------------------------


def _sample(visit: Visit) -> Step | None:
    """Look around where everything has happened already; for whoever may have that played."""
    person = visit.request.user
    seen = [each for each in visible_companies(person) if each.is_sample and not each.is_playing]
    if not seen and not (isinstance(person, Person) and steers_every_company(person)):
        return None
    opened = reverse("review:review", args=[seen[0].prefix]) if seen else ""
    return Step(
        key="sample",
        title=gettext("Look around the sample company"),
        words=gettext(
            "Ninety days of an invented company, its provider and its troubles, so that every page"
            " has something on it. It stays on this machine and is removed without trace."
        ),
        is_done=bool(seen),
        done_words=gettext("The sample company is here."),
        address=opened or reverse(PLAY_SAMPLE),
        button=gettext("Open its review") if seen else gettext("Play the sample company"),
        is_posted=not seen,
    )


def _mail(company: Company) -> Step:
    first = _tickets(company.uuid).filter(channel=Channel.MAIL).order_by("number").first()
    return Step(
        key="mail",
        title=gettext("See a request come in"),
        words=gettext(
            "Send yourself a test request. It goes the way of every mail: kept, checked, read and"
            " filed. You are its requester, so the answer comes to your own address."
        ),
        is_done=first is not None,
        done_words=gettext("%(ticket)s came in by mail.") % {"ticket": _code(company, first.number)}
        if first
        else "",
        address=_ticket_address(company, first.number) if first else "",
        button=gettext("Open it") if first else "",
    )


def _mailbox(visit: Visit) -> Step | None:
    """Let real mail in: fetched from a mailbox, or passed on by the company's own mail server."""
    company = visit.company
    if company.is_sample or not visit.may(Right.CONNECT_MAILBOXES):
        return None
    fetched = MailAccount.objects.filter(
        mailbox__company=company.uuid, is_active=True, looked_at__isnull=False, last_error=""
    ).select_related("mailbox")
    first = fetched.order_by("pk").first()
    came = RawMail.objects.filter(company=company.uuid, source__in=_FROM_OUTSIDE)
    done = ""
    if first is not None:
        done = gettext("%(address)s is fetched.") % {"address": first.mailbox.address}
    elif came.exists():
        done = gettext("Mail from outside arrives here.")
    return Step(
        key="mailbox",
        title=gettext("Connect a mailbox"),
        words=gettext(
            "Name the mailbox that your people write to. It is tried before anything is kept; from"
            " then on its mail becomes tickets."
        ),
        is_done=bool(done),
        done_words=done,
        address=reverse("intake:boxes", args=[company.prefix]),
        button=gettext("Mailboxes"),
    )


def _answer(company: Company) -> Step:
    written = MessageRow.objects.filter(
        ticket__company=company.uuid,
        kind="written",
        audience="everyone",
        side__in=(Side.COMPANY, Side.PROVIDER),
        is_automatic=False,
    ).select_related("ticket")
    first = written.order_by("happened_at").first()
    waiting = _tickets(company.uuid).filter(shelf__isnull=False).order_by("number").first()
    number = first.ticket.number if first else waiting.number if waiting else 0
    told = {"ticket": _code(company, number)}
    return Step(
        key="answer",
        title=gettext("Answer your first ticket"),
        words=gettext(
            "Open it, write a reply and send it. That ends the first response, and makes you its"
            " owner."
        ),
        is_done=first is not None,
        done_words=gettext("%(ticket)s is answered.") % told if first else "",
        address=_ticket_address(company, number)
        if number
        else reverse("desk:new-ticket", args=[company.prefix]),
        button=gettext("Open %(ticket)s") % told if number else gettext("Open a ticket yourself"),
    )


def _provider(company: Company) -> Step:
    engaged = Engagement.objects.filter(company=company, until=None).exists()
    asked = Invitation.objects.filter(company=company, side=Side.PROVIDER).exists()
    return Step(
        key="provider",
        title=gettext("Invite your provider"),
        words=gettext(
            "Its lead gets a mail with a link, and brings their own people in. You share the"
            " tickets; the record stays yours. A company that serves itself leaves this out."
        ),
        is_done=engaged or asked,
        done_words=gettext("A provider serves the company.")
        if engaged
        else gettext("The invitation is out; nobody has accepted it yet."),
        address=reverse("people:providers", args=[company.prefix]),
        button=gettext("Providers"),
    )


def _charter(company: Company, at: Instant) -> Step:
    ruling = charters.ruling_versions(company.uuid, at)
    is_signed = any(charters.is_signed(each, at) for each in ruling)
    return Step(
        key="charter",
        title=gettext("Sign the charter"),
        words=gettext(
            "The draft already runs the desk: hours, targets, what pauses a clock. Read it, fill"
            " its six points, and sign it when you agree."
        ),
        is_done=is_signed,
        done_words=gettext("A signed charter is in force."),
        address=reverse("governance:charter", args=[company.prefix]),
        button=gettext("Read the charter"),
    )


def _tickets(company: UUID) -> QuerySet[TicketRow]:
    return TicketRow.objects.filter(company=company)


def _code(company: Company, number: int) -> str:
    return f"{company.prefix}-{number}"


def _ticket_address(company: Company, number: int) -> str:
    return reverse("desk:ticket", args=[company.prefix, number])


# ---- putting it aside ---------------------------------------------------------------------


def is_put_aside(company: UUID, person: UUID) -> bool:
    return PutAside.objects.filter(company=company, person=person).exists()


def put_aside(company: UUID, person: UUID) -> None:
    """Remind this person no more; the page stays where it is."""
    PutAside.objects.get_or_create(company=company, person=person)


def take_up(company: UUID, person: UUID) -> None:
    PutAside.objects.filter(company=company, person=person).delete()
