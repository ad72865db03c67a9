"""An invitation in one line: what, when and where, from a calendar part (RFC 5545)."""

from __future__ import annotations

import re

LONGEST = 64 * 1024
LONGEST_LINE = 300

_FOLD = re.compile(r"\n[ \t]")
_PROPERTY = re.compile(r"([A-Z-]{1,40})((?:;[^:;\n]{0,200}){0,10}):(.*)", re.IGNORECASE)
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ZONE = re.compile(r";TZID=\"?([^;\"]{1,60})", re.IGNORECASE)
_KINDS = {"REQUEST": "invitation", "CANCEL": "cancelled", "REPLY": "answer", "COUNTER": "proposal"}


def line_of(text: str) -> str:
    """Such as `invitation: Standup, 2025-03-10 10:00 Europe/Berlin, room 1`; or empty."""
    found: dict[str, tuple[str, str]] = {}
    inside = ""
    for line in _FOLD.sub("", text[:LONGEST]).split("\n"):
        hit = _PROPERTY.match(line)
        if not hit:
            continue
        name = hit[1].upper()
        if name == "BEGIN":
            inside = hit[3].strip().upper()
        elif inside in ("VCALENDAR", "VEVENT", "VTODO") and name not in found:
            found[name] = (hit[2], hit[3].strip())
    kind = _KINDS.get(found.get("METHOD", ("", ""))[1].upper(), "event")
    parts = [_plain(found.get("SUMMARY", ("", ""))[1]), _when(*found.get("DTSTART", ("", "")))]
    parts.append(_plain(found.get("LOCATION", ("", ""))[1]))
    told = ", ".join(part for part in parts if part)
    return f"{kind}: {told}"[:LONGEST_LINE] if told else ""


def _plain(value: str) -> str:
    return " ".join(re.sub(r"\\([nN,;\\])", lambda hit: hit[1].replace("n", " "), value).split())


def _when(parameters: str, value: str) -> str:
    stamp = _STAMP.match(value)
    if not stamp:
        return ""
    day = f"{stamp[1]}-{stamp[2]}-{stamp[3]}"
    if not stamp[4]:
        return day
    zone = _ZONE.search(parameters)
    return f"{day} {stamp[4]}:{stamp[5]} {'UTC' if stamp[6] else zone[1] if zone else ''}".rstrip()
