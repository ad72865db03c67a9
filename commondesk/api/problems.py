"""What programs are told where something cannot be done: always JSON, always what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"
LONGEST_NAME = 100
WHOLE = frozenset({"wanted", "asked"})
"""What operations call a body, and what stands behind the question mark: no names of fields."""
Found = tuple[str, str]
"""A field, and what is wrong with it."""

_SAID = {
    "missing": "Give it.",
    "extra_forbidden": "There is no such field: leave it out.",
    "model_type": "Give a JSON object.",
    "model_attributes_type": "Give a JSON object.",
    "dict_type": "Give a JSON object.",
    "string_type": "Give a text.",
    "string_unicode": "It holds half a character: give whole ones.",
    "string_too_short": "Write something here.",
    "uuid_parsing": "Give a uuid such as 11111111-2222-4333-8444-555555555555.",
    "uuid_type": "Give a uuid as a text.",
    "int_parsing": "Give a whole number.",
    "int_type": "Give a whole number.",
}


class Problem(Exception):
    """A request that is not carried out. Nothing of it was done."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Iterable[Found] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def not_there() -> Problem:
    """The one answer for what does not exist and for what is not the asker's to see."""
    return Problem(404, "There is nothing here that this token may see.")


def unfit(*errors: Found) -> Problem:
    """What was sent cannot be taken in; each field with what to do."""
    return Problem(422, "; ".join(f"{field}: {what}" for field, what in errors), errors=errors)


def answer(problem: Problem) -> HttpResponse:
    """The problem as a response."""
    told: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "errors": [{"field": field, "problem": what} for field, what in problem.errors],
    }
    response = HttpResponse(json.dumps(told), status=problem.status, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def of_fields(errors: Iterable[Mapping[str, object]]) -> Problem:
    """What the validation of fields found, in words for people."""
    return unfit(*(_found(error) for error in errors))


def _found(error: Mapping[str, object]) -> Found:
    # First whence it came (body, query, header, path), then what we call all of that at once.
    place = error["loc"]
    assert isinstance(place, tuple)
    is_whole = len(place) > 1 and place[1] in WHOLE
    parts = [str(part) for part in (place[2:] if is_whole else place[1:])]
    name = ".".join(parts)[:LONGEST_NAME] or str(place[0])
    return printable(name), _what(error)


def _what(error: Mapping[str, object]) -> str:
    kind, context = str(error["type"]), error.get("ctx")
    given = context if isinstance(context, dict) else {}
    if kind == "string_too_long":
        return f"At most {given['max_length']} characters."
    if kind in ("enum", "literal_error"):
        return f"It is one of {given['expected']}."
    if kind == "value_error" and "error" in given:
        return str(given["error"])
    if kind.startswith("uuid_"):
        return _SAID["uuid_parsing"]
    said = _SAID.get(kind)
    return said or f"{error['msg']}."


def printable(text: str) -> str:
    """The text without halves of characters, which no answer can carry."""
    return text.encode(errors="replace").decode()
