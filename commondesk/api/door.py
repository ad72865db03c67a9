"""The one door for programs: whose token it is, how often it asks, and what it sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from ninja.parser import Parser
from ninja.security import HttpBearer

from commondesk.accounts import policy, tokens
from commondesk.accounts.models import Company
from commondesk.accounts.policy import Right, Viewer
from commondesk.accounts.tokens import Holder, Scope
from commondesk.api import problems, rates, strict_json
from commondesk.api.problems import Problem
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import SECOND, Instant
from commondesk.ledger.now import instant_now

View = Callable[..., HttpResponseBase]
NO_TOKEN = "Send a token that is in force: `Authorization: Bearer cdk_…`."  # noqa: S105
IN_ADDRESS = (
    "A token never belongs in an address, where logs keep it. Revoke it, make another, and send"
    " that as `Authorization: Bearer …`."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A program's request: for whom it speaks, and when."""

    holder: Holder
    at: Instant
    body: object

    @property
    def company(self) -> Company:
        return self.holder.company

    @property
    def viewer(self) -> Viewer:
        return self.holder.viewer

    @property
    def actor(self) -> Actor:
        return self.holder.actor

    def may(self, right: Right) -> bool:
        """Whether scopes and rights both allow it."""
        return policy.may(self.viewer, right)

    def require(self, scope: Scope) -> None:
        """Raises Problem where the token is not for that."""
        if scope not in self.holder.scopes:
            detail = f"This token lacks the scope {scope}. Issue one that has it."
            raise Problem(403, detail)


class Bearer(HttpBearer):
    """Lets in whoever sends a token that is in force. Cookies open nothing here."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """Raises Problem."""
        if tokens.BEGIN in request.META.get("QUERY_STRING", ""):
            raise Problem(400, IN_ADDRESS)
        at = instant_now()
        holder = tokens.holder_of(token, at=at)
        if holder is None:
            raise no_token()
        if wait := rates.wait_of(holder.token, at=at):
            seconds = -(-wait // SECOND)
            detail = f"This token asks too often. Try again in {seconds} s."
            raise Problem(429, detail, headers={"Retry-After": str(seconds)})
        return Caller(holder, at, body_of(request))


def no_token() -> Problem:
    """The same for no token and for any that opens nothing, whatever the reason."""
    return Problem(401, NO_TOKEN, headers={"WWW-Authenticate": "Bearer"})


def body_of(request: HttpRequest) -> object:
    """The JSON that was sent along, if any. Raises Problem."""
    if request.method != "POST":
        return None
    if request.content_type != "application/json":
        raise Problem(415, "Send JSON, with `Content-Type: application/json`.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > strict_json.LARGEST:
        raise too_large()
    content = request.body
    if len(content) > strict_json.LARGEST:
        raise too_large()
    return strict_json.read(content)


def too_large() -> Problem:
    return Problem(413, f"The body is larger than {strict_json.LARGEST} bytes.")


class ReadAlready(Parser):
    """Gives the body that the door has read."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return cast(dict[str, Any], caller_of(request).body)


def caller_of(request: HttpRequest) -> Caller:
    """Whose request it is, once the door has let it in."""
    found = getattr(request, "auth", None)
    assert isinstance(found, Caller)
    return found


def told_as_problems(view: View) -> View:
    """Tell in JSON whatever goes wrong around an operation too."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Problem as problem:
            return problems.answer(problem)
        except (RequestDataTooBig, UnreadablePostError):
            return problems.answer(too_large())
        except OperationalError:
            detail = "The database is busy or away. Nothing was done; try again."
            return problems.answer(Problem(503, detail, headers={"Retry-After": "5"}))
        if response.status_code == 405:
            return _not_allowed(response)
        return response

    return answered


def _not_allowed(response: HttpResponseBase) -> HttpResponse:
    allowed = ", ".join(sorted(response.headers["Allow"].split(", ")))
    return problems.answer(
        Problem(405, f"This address takes {allowed}.", headers={"Allow": allowed})
    )
