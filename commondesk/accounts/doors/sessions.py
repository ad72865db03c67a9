"""Sessions of people: how long they last, which there are, and ending them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from commondesk.accounts.models import Person
from commondesk.core.record.instant import (
    DAY,
    MINUTE,
    Instant,
    Span,
    instant_of,
)
from commondesk.core.texts import gettext, pgettext

LONGEST_SPAN: Span = 7 * DAY
"""After this long somebody signs in anew, however busy they were."""
NOTING_SPAN: Span = 10 * MINUTE
"""How often a session is noted as in use: each note is a write."""
_BEGAN, _SEEN = "began_at", "seen_at"
# The words by which browsers and systems give themselves away, the telling ones first.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("Linux", "Linux")),
)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its owner sees it. id names it in a form; its key is shown to nobody."""

    id: int
    browser: str
    ip: str
    began_at: Instant
    seen_at: Instant
    is_this: bool


def note_use(request: HttpRequest, at: Instant) -> None:
    """Carry a session on while it is used, and end one that has lasted too long."""
    seen = request.session.get(_SEEN, 0)
    began = request.session.get(_BEGAN)
    if began is not None and at >= began + LONGEST_SPAN:
        logout(request)
        return
    if at < seen + NOTING_SPAN:
        return
    request.session[_BEGAN] = at if began is None else began
    request.session[_SEEN] = at
    # Saved with its age set, it lives for another idle span from now on.
    request.session.set_expiry(settings.SESSION_COOKIE_AGE)
    UserSession.objects.create_from_request(request)


def begin(request: HttpRequest, **_: Any) -> None:
    """Forget the age of whatever session was there before: somebody has just signed in."""
    for name in (_BEGAN, _SEEN):
        request.session.pop(name, None)


def sessions_of(person: Person, current: str | None) -> list[Session]:
    """The living sessions of a person, the one that asks first, then the latest used."""
    return sorted(_sessions(person, current), key=lambda each: (not each.is_this, -each.seen_at))


def _sessions(person: Person, current: str | None) -> Iterator[Session]:
    for each in UserSession.objects.purge_and_list(person):
        yield Session(
            id=each.pk,
            browser=browser_of(each.user_agent),
            ip=each.ip,
            began_at=instant_of(each.created_at),
            seen_at=instant_of(each.last_seen_at),
            is_this=each.session_key == current,
        )


def browser_of(agent: str) -> str:
    """A browser and its system in words; what it said where we know neither."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or agent[:60] or pgettext("browser", "Unknown")


def end(person: Person, session: int, current: str | None) -> bool:
    """End one other session of this person; False where they have no such."""
    found = UserSession.objects.filter(user=person, pk=session).exclude(session_key=current)
    for each in found:
        each.end()
        return True
    return False


def end_all(person: AbstractBaseUser, *, but: str | None = None) -> None:
    """End all sessions of a person, but for one where it is named."""
    for each in UserSession.objects.filter(user_id=person.pk).exclude(session_key=but or ""):
        each.end()
