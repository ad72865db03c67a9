"""The OpenAPI document: made of the operations themselves, so that it says what they do."""

import json
from functools import lru_cache
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from commondesk.api import problems
from commondesk.api.operations import api

ROOT = "/api/v1/"
_HEADERS: dict[str, dict[str, str]] = {
    "201": {"ETag": "What to send as If-Match."},
    "401": {"WWW-Authenticate": "Bearer."},
    "429": {"Retry-After": "Seconds to wait."},
    "503": {"Retry-After": "Seconds to wait."},
}


def openapi(request: HttpRequest) -> HttpResponse:
    """The document. It tells shapes and no data, so that anybody may read it."""
    response = HttpResponse(text(), content_type="application/json")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@lru_cache(maxsize=1)
def text() -> str:
    """The document as JSON."""
    return json.dumps(made())


def made() -> dict[str, Any]:
    """The document. Problems have a media type of their own, which the framework does not know."""
    document = cast(dict[str, Any], dict(api.get_openapi_schema(path_prefix=ROOT)))
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                _complete(str(status), response)
    return document


def _complete(status: str, response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if status >= "400" and "application/json" in content:
        content[problems.MEDIA_TYPE] = content.pop("application/json")
    for name, what in _HEADERS.get(status, {}).items():
        headers = response.setdefault("headers", {})
        headers[name] = {"description": what, "schema": {"type": "string"}}
