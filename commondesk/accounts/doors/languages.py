"""Which language somebody reads: their own choice, their company's, their browser's, or English."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from commondesk.accounts.models import Company, Membership, Person
from commondesk.core import texts
from commondesk.core.texts import ENGLISH, LANGUAGES
from commondesk.ledger import tables

Answer = Callable[[HttpRequest], HttpResponse]
COOKIE = "language"
COOKIE_AGE = 365 * 24 * 60 * 60
ASKED = "language"
"""What an address says to choose a language for whoever is not signed in: `?language=fr`."""
PROGRAMS = "/api/"
"""What answers programs, always in English."""
OF_A_COMPANY = "/c/"
_COMPANYS = (
    f"SELECT c.language FROM {Company._meta.db_table} c"  # noqa: S608
    f" JOIN {Membership._meta.db_table} m ON m.company_id = c.uuid"
    " WHERE m.person_id = %s AND m.is_active ORDER BY c.title, c.prefix LIMIT 1"
)


def in_their_language(answer: Answer) -> Answer:
    """Speak to each request in the language of whoever sent it."""

    def answered(request: HttpRequest) -> HttpResponse:
        spoken = spoken_to(request)
        with texts.spoken(spoken), translation.override(spoken):
            response = answer(request)
        if is_chosen(request):
            response.set_cookie(
                COOKIE,
                spoken,
                max_age=COOKIE_AGE,
                secure=request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
        return response

    return answered


def at_company(person: object, company: Company) -> None:
    """Speak as a company writes, to somebody without a choice of their own."""
    if isinstance(person, Person) and not person.language and company.language in LANGUAGES:
        texts.speak(company.language)
        translation.activate(company.language)


def spoken_to(request: HttpRequest) -> str:
    """The language for a request, before it is known which company it is about."""
    if request.path.startswith(PROGRAMS):
        return ENGLISH
    told = [persons(request)] if isinstance(request.user, Person) else [request.GET.get(ASKED, "")]
    told += [request.COOKIES.get(COOKIE, "")]
    told += [
        wanted.partition("-")[0]
        for wanted, _ in parse_accept_lang_header(
            request.headers.get("Accept-Language", "").lower()
        )
    ]
    return next((each for each in told if each in LANGUAGES), ENGLISH)


def persons(request: HttpRequest) -> str:
    """The language of whoever is signed in; empty where nobody chose one that we speak."""
    assert isinstance(request.user, Person)
    if request.user.language or request.path.startswith(OF_A_COMPANY):
        return request.user.language
    found = tables.select(_COMPANYS, request.user.pk)
    return str(found[0][0]) if found else ""


def is_chosen(request: HttpRequest) -> bool:
    """Whether somebody who is not signed in has just chosen a language."""
    return request.GET.get(ASKED) in LANGUAGES and not isinstance(request.user, Person)
