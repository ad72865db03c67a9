"""Holidays and exceptional days of each calendar, which change without a new charter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.charter.leaf import Told, Unfit, Wants, read
from commondesk.core.record.codec import Json
from commondesk.core.record.instant import datetime_of
from commondesk.core.service_level.charter_data import CharterError
from commondesk.core.texts import gettext, gettext_noop, ngettext, number
from commondesk.governance import actions, charters
from commondesk.governance.models import CalendarVersion
from commondesk.governance.public_holidays import holidays_of
from commondesk.governance.queries import Hours, hours_of
from commondesk.governance.views import readable

HOLIDAYS = Told(gettext_noop("Holidays"), gettext_noop("Closed days"), Wants.DATES)
EXCEPTIONAL = Told(
    gettext_noop("Exceptional days"),
    gettext_noop("Days with their own hours"),
    Wants.DAYS_WITH_HOURS,
)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a calendar as the form holds them, one a line."""

    holidays: str
    exceptional: str
    country: str = ""
    subdivision: str = ""
    year: str = ""
    told: str = ""
    wrong: tuple[tuple[str, str], ...] = ()

    def error(self, name: str) -> str:
        return dict(self.wrong).get(name, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A calendar: its weekly hours, its versions, and the form."""

    name: str
    hours: Hours | None
    entered: tuple[CalendarVersion, ...]
    days: Days


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.READ_CHARTER)
def calendars(visit: Visit) -> HttpResponseBase:
    """Every calendar of the charters in force, with the days entered so far."""
    typed: dict[str, Days] = {}
    status = 200
    if visit.request.method == "POST":
        visit.require(Right.ENTER_CALENDARS)
        name = visit.request.POST.get("calendar", "")
        if name not in calendar_names(visit):
            raise Http404
        typed[name] = _typed(visit)
        if "take" in visit.request.POST:
            typed[name] = _with_public_holidays(typed[name], visit)
        elif (done := _entered(visit, name, typed[name])) is None:
            return redirect(f"{visit.request.path}#{_anchor(visit, name)}")
        else:
            typed[name], status = done, 422
        status = 422 if typed[name].wrong else status
    return _page(visit, typed, status)


def _page(visit: Visit, typed: dict[str, Days], status: int) -> HttpResponse:
    sheets = tuple(_sheet(visit, name, typed.get(name)) for name in calendar_names(visit))
    context = {"sheets": sheets, "may_enter": visit.may(Right.ENTER_CALENDARS)}
    return page(visit, "governance/calendars.html", context, status=status)


def calendar_names(visit: Visit) -> tuple[str, ...]:
    """The calendars of versions that rule now or will, as far as the visitor may read them."""
    names: dict[str, None] = {}
    for version in readable(visit):
        if version.until is None and (version.ends_at is None or visit.at < version.ends_at):
            for hours in charters.whole(version).calendars:
                names.setdefault(hours.name)
    return tuple(names)


def _anchor(visit: Visit, name: str) -> str:
    return f"calendar-{calendar_names(visit).index(name) + 1}"


def _sheet(visit: Visit, name: str, typed: Days | None) -> Sheet:
    known = CalendarVersion.objects.filter(company=visit.company.uuid, name=name)
    entered = tuple(known.order_by("-version"))
    return Sheet(name, _hours(visit, name), entered, typed or _days_of(visit, entered))


def _hours(visit: Visit, name: str) -> Hours | None:
    """As the newest version that has such a calendar says them."""
    for version in reversed(readable(visit)):
        agreement = charters.agreement_by_id(visit.company.uuid, version.uuid)
        if agreement and name in agreement.calendars:
            return hours_of(name, agreement.calendars[name].known_at(visit.at), visit.at)
    return None


def _days_of(visit: Visit, entered: tuple[CalendarVersion, ...]) -> Days:
    holidays, exceptional = _known(entered)
    return Days(
        "\n".join(holidays),
        "\n".join(f"{day} {hours}".strip() for day, hours in sorted(exceptional.items())),
        country=visit.company.country,
        year=str(datetime_of(visit.at).year),
    )


def _known(entered: tuple[CalendarVersion, ...]) -> tuple[list[str], dict[str, str]]:
    document = charters.data_of(entered[0].document) if entered else {}
    holidays, exceptional = document.get("holidays"), document.get("exceptional")
    return (
        [str(day) for day in holidays] if isinstance(holidays, list) else [],
        {day: str(hours) for day, hours in exceptional.items()}
        if isinstance(exceptional, dict)
        else {},
    )


def _typed(visit: Visit) -> Days:
    post = visit.request.POST
    return Days(
        post.get("holidays", "")[:20_000],
        post.get("exceptional", "")[:20_000],
        post.get("country", "").strip().upper()[:2],
        post.get("subdivision", "").strip()[:10],
        post.get("year", "").strip()[:4],
    )


def _with_public_holidays(days: Days, visit: Visit) -> Days:
    """The same with the public holidays of a place among them, to look at; nothing is saved."""
    year = int(days.year) if days.year.isdecimal() and days.year.isascii() else 0
    if not 1990 <= year <= 2100:
        return _wrong(days, "year", gettext("Give a year such as 2025."))
    try:
        found = holidays_of(days.country, days.subdivision, (year,))
    except ValueError as unknown:
        return _wrong(days, "subdivision", str(unknown))
    if not found:
        return _wrong(
            days, "country", gettext("Give a country as two capital letters, such as DE.")
        )
    listed = {line.strip() for line in days.holidays.splitlines() if line.strip()}
    new = [day.isoformat() for day in found if day.isoformat() not in listed]
    told = ngettext(
        "%(count)s days are put in below. Look them over, then enter them.",
        "%(count)s days are put in below. Look them over, then enter them.",
        len(new),
    ) % {"count": number(len(new))}
    return _changed(days, holidays="\n".join(sorted(listed | set(new))), told=told)


def _entered(visit: Visit, name: str, days: Days) -> Days | None:
    """What is wrong with the days; None once they are entered."""
    try:
        holidays = _read(days.holidays, HOLIDAYS)
    except Unfit as unfit:
        return _wrong(
            days, "holidays", gettext("%(wrong)s. Write one date a line.") % {"wrong": unfit}
        )
    try:
        exceptional = dict(_split(text) for text in _read(days.exceptional, EXCEPTIONAL))
    except Unfit as unfit:
        return _wrong(
            days,
            "exceptional",
            gettext("%(wrong)s. Write a date and its hours on each line.") % {"wrong": unfit},
        )
    before = _known(
        tuple(
            CalendarVersion.objects.filter(company=visit.company.uuid, name=name).order_by(
                "-version"
            )[:1]
        )
    )
    if (sorted(holidays), exceptional) == (sorted(before[0]), before[1]):
        return _changed(days, told=gettext("These are the days that are entered already."))
    try:
        actions.enter_calendar(
            visit.company.uuid,
            at=visit.at,
            actor=visit.viewer.actor,
            calendar=name,
            holidays=[date.fromisoformat(day) for day in holidays],
            exceptional={date.fromisoformat(day): text for day, text in exceptional.items()},
        )
    except actions.NotAllowed:
        raise Http404 from None
    except CharterError as wrong:
        return _wrong(days, "exceptional", " ".join(each.what for each in wrong.problems))
    messages.success(visit.request, _said(visit, before, (list(holidays), exceptional)))
    return None


def _said(
    visit: Visit,
    before: tuple[list[str], dict[str, str]],
    after: tuple[list[str], dict[str, str]],
) -> str:
    """What was entered, and what a day in the past changes and what not."""
    changed = set(before[0]) ^ set(after[0])
    changed |= {day for day in before[1] | after[1] if before[1].get(day) != after[1].get(day)}
    today = datetime_of(visit.at).astimezone(visit.zone).date().isoformat()
    past = sorted(day for day in changed if day < today)
    said = gettext("Entered. What is due and still ahead has moved.")
    if past:
        about_past = ngettext(
            "%(days)s lies in the past: what was met or missed by then stays so, and is marked"
            " “holiday entered afterwards”.",
            "%(days)s lie in the past: what was met or missed by then stays so, and is marked"
            " “holiday entered afterwards”.",
            len(past),
        )
        said += f" {about_past % {'days': ', '.join(past[:5])}}"
    return said


def _read(text: str, about: Told) -> tuple[str, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = read(cast(list[Json], lines), about, ())
    assert isinstance(found, tuple)
    return found


def _split(text: str) -> tuple[str, str]:
    day, _, hours = text.partition(" ")
    return day, hours


def _wrong(days: Days, name: str, what: str) -> Days:
    return _changed(days, wrong=((name, what),))


def _changed(
    days: Days,
    *,
    holidays: str | None = None,
    told: str = "",
    wrong: tuple[tuple[str, str], ...] = (),
) -> Days:
    text = days.holidays if holidays is None else holidays
    return Days(text, days.exceptional, days.country, days.subdivision, days.year, told, wrong)
