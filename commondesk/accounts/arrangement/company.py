"""What a company is called, and in which language it writes."""

from __future__ import annotations

from uuid import UUID

from commondesk.accounts.arrangement.arranging import UnfitArrangement, arranging
from commondesk.accounts.arrangement.providers import one_title
from commondesk.accounts.models import Company
from commondesk.accounts.policy import Right
from commondesk.core.record.arrangement import CompanyChanged
from commondesk.core.record.event import COMPANY_STREAM, Actor
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import words

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "pt": "Português",
    "pl": "Polski",
    "sv": "Svenska",
    "da": "Dansk",
    "ru": "Русский",
    "ja": "日本語",
    "zh": "中文",
}
"""What mails can be written in, each by its own name."""


def change_company(
    company: UUID, *, at: Instant, actor: Actor, title: str, language: str
) -> Company:
    """Call a company something else, or write its mails in another language.

    Nothing is recorded where nothing changes. Raises NotAllowed and UnfitArrangement.
    """
    with arranging(company, at=at, actor=actor, rights=(Right.ADD_PEOPLE,)) as act:
        row = Company.objects.get(uuid=company)
        title = one_title(title, "title")
        if language not in LANGUAGES:
            raise UnfitArrangement(gettext("Choose a language from the list."), "language")
        if (row.title, row.language) == (title, language):
            return row
        row.title, row.language = title, language
        row.save(update_fields=["title", "language"])
        kept = words.keep(company, stream=COMPANY_STREAM, kind="title", text=title)
        act.record(CompanyChanged(kept, language))
        return row
