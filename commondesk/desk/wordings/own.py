"""What a company words in its own way: an event on its own stream, and a row for the mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from commondesk.accounts import directory
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Event, WordsRef
from commondesk.core.record.events import TemplateWritten
from commondesk.core.record.instant import Instant
from commondesk.desk.models import MailTemplate
from commondesk.ledger import chain, store, tables, words
from commondesk.ledger.models import Entry, Words

from . import shipped
from .filling import UnfitWording
from .shipped import Wording

KIND = "template"
LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000
_OWN = (
    f"SELECT template, language, subject, text FROM {MailTemplate._meta.db_table}"  # noqa: S608
    " WHERE company = %s"
)

Own = dict[tuple[str, str], Wording]


# ---- writing ------------------------------------------------------------------------------


@transaction.atomic
def write(
    company: UUID,
    template: str,
    language: str,
    *,
    subject: str,
    text: str,
    at: Instant,
    actor: Actor,
    first_line: int = 1,
) -> None:
    """Word a mail anew for a company, in one language; an empty part stays as shipped.

    Raises UnknownTemplate and UnfitWording.
    """
    shipped.language(language)
    shipped.refuse_unfit(template, subject, text, first_line=first_line)
    if not subject.strip() and not text.strip():
        raise UnfitWording("write a subject or a text")
    if len(subject) > LONGEST_SUBJECT or len(text) > LONGEST_TEXT:
        raise UnfitWording(
            f"a subject has at most {LONGEST_SUBJECT} characters, a text {LONGEST_TEXT}"
        )
    _record(company, template, language, subject.strip(), text.strip("\n"), at=at, actor=actor)


@transaction.atomic
def reset(company: UUID, template: str, language: str, *, at: Instant, actor: Actor) -> bool:
    """Go back to the shipped wording; False where it was in use anyway. Raises UnknownTemplate."""
    shipped.language(language)
    shipped.refuse_unfit(template, "", "")
    directory.hold_record(company)
    if not _row(company, template, language).exists():
        return False
    _record(company, template, language, "", "", at=at, actor=actor)
    return True


def _record(
    company: UUID,
    template: str,
    language: str,
    subject: str,
    text: str,
    *,
    at: Instant,
    actor: Actor,
) -> None:
    directory.hold_record(company)
    body = TemplateWritten(
        template=template,
        language=language,
        subject=_kept(company, subject),
        text=_kept(company, text),
    )
    (recorded,) = store.append(company, [Draft(COMPANY_STREAM, at, actor, body)], learnt_at=at)
    apply(company, recorded.event)


def _kept(company: UUID, text: str) -> WordsRef | None:
    return words.keep(company, stream=COMPANY_STREAM, kind=KIND, text=text) if text else None


# ---- reading ------------------------------------------------------------------------------


def own_wordings(company: UUID) -> Own:
    """What this company words in its own way, by template and language."""
    found = tables.select(_OWN, company)
    return {
        (template, language): Wording(subject, text) for template, language, subject, text in found
    }


def wording_of(own: Own, template: str, language: str) -> Wording:
    """The company's own wording, and the shipped one for what it left as it is.

    Raises UnknownTemplate.
    """
    shipped.refuse_unfit(template, "", "")
    as_shipped = shipped.language(language).templates[template]
    mine = own.get((template, language))
    if mine is None:
        return as_shipped
    return Wording(mine.subject or as_shipped.subject, mine.text or as_shipped.text)


# ---- from the record ----------------------------------------------------------------------


def apply(company: UUID, event: Event) -> None:
    """Bring the row of the template that this event words up to date; others change nothing."""
    body = event.body
    if not isinstance(body, TemplateWritten):
        return
    texts = words.texts(_words_of(body), company=company)
    subject = texts.get(body.subject.id) if body.subject else None
    text = texts.get(body.text.id) if body.text else None
    row = _row(company, body.template, body.language)
    # Erased words read as none: the shipped wording comes back.
    if not subject and not text:
        row.delete()
    elif not row.update(subject=subject or "", text=text or ""):
        MailTemplate.objects.create(
            company=company,
            template=body.template,
            language=body.language,
            subject=subject or "",
            text=text or "",
        )


@transaction.atomic
def rebuild(company: UUID) -> int:
    """Make the rows anew from the record; how many there are."""
    MailTemplate.objects.filter(company=company).delete()
    for event in _written(company):
        apply(company, event)
    return MailTemplate.objects.filter(company=company).count()


def forget(company: UUID, ids: Iterable[str]) -> None:
    """Wipe wordings whose words were erased."""
    if Words.objects.filter(company=company, id__in=list(ids), kind=KIND).exists():
        rebuild(company)


def _written(company: UUID) -> Iterator[Event]:
    own = Entry.objects.filter(company=company, stream=COMPANY_STREAM, name=TemplateWritten.NAME)
    for row in own.order_by("position").values_list(*chain.FIELDS):
        yield store.event_of(row)


def _words_of(body: TemplateWritten) -> list[str]:
    return [ref.id for ref in (body.subject, body.text) if ref]


def _row(company: UUID, template: str, language: str) -> QuerySet[MailTemplate]:
    return MailTemplate.objects.filter(company=company, template=template, language=language)
