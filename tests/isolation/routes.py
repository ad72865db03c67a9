"""Every address of the desk: what its parts name, how it is asked, and who of a company it answers.

A route that is missing here fails the test: nobody adds a page without saying who may see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.urls import URLPattern, URLResolver, get_resolver

ALL = frozenset(
    {
        *("requester", "approver", "own agent", "referent", "decision maker", "auditor"),
        *("provider's agent", "provider's lead"),
    }
)
"""Everybody but a vendor, who has no page at all."""
WORKERS = frozenset({"own agent", "referent", "provider's agent", "provider's lead"})
READERS = WORKERS | {"decision maker", "auditor"}
STEERERS = frozenset({"referent", "decision maker"})
ARRANGERS = STEERERS | {"provider's lead"}
ANSWERABLE = STEERERS | {"provider's lead", "auditor"}
ASKERS = ALL - {"auditor"}
COUNTERS = READERS - {"provider's agent", "provider's lead"}
"""Who sees figures of all tickets: one of several providers does not, and two serve each house."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address. ids: the kind of thing that each of its parts names, or `=` and words to try.

    reach: who of the company gets an answer; None where the company has no part in it. query: what
    the fields behind the address name, where one is needed.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    reach: frozenset[str] | None = None
    posts: bool = False
    gets: bool = True
    form: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


OPEN = Route()
"""Somebody who is nobody may ask; it names no company's things."""
SIGNED_IN = Route()
"""About whoever asks, and nobody else."""
BY_TOKEN = Route()

ROUTES: dict[str, Route] = {
    "healthz": OPEN,
    "sample:look": SIGNED_IN,
    "sample:play": Route(gets=False, posts=True),
    "sample:progress": SIGNED_IN,
    "sample:stop": Route(gets=False, posts=True),
    "sample:remove": Route(gets=False, posts=True),
    "accounts:front-door": OPEN,
    "accounts:sign-in": OPEN,
    "accounts:sign-out": Route(gets=False, posts=True),
    "accounts:set-up": Route({"token": "=nothing"}),
    "accounts:forgot": OPEN,
    "accounts:forgot-sent": OPEN,
    "account_login": OPEN,
    "account_reset_password_from_key": Route({"uidb36": "=1", "key": "=nothing"}),
    "mfa_authenticate": OPEN,
    "mfa_login_webauthn": OPEN,
    "accounts:you": SIGNED_IN,
    "accounts:end-session": Route(gets=False, posts=True),
    "account_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": Route({"pk": "=1"}),
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "invited:join": Route({"token": "=nothing"}),
    "all-gaps": SIGNED_IN,
    "queues": SIGNED_IN,
    "glossary": OPEN,
    "styleguide": OPEN,
    # By token: tests/api asks them for what is another company's.
    "api:document": OPEN,
    "api:open_ticket": BY_TOKEN,
    "api:list_tickets": BY_TOKEN,
    "api:read_ticket": Route({"key": "=1001"}),
    "api:list_messages": Route({"key": "=1001"}),
    "api:write_message": Route({"key": "=1001"}),
    "api:list_events": Route({"key": "=1001"}),
    "api:^(?P<rest>.*)$": Route({"rest": "=nothing"}),
    "content:mail": OPEN,
    "content:inline": OPEN,
    "content:picture": OPEN,
    "desk:queue": Route({"prefix": "prefix"}, ALL),
    "desk:new-ticket": Route({"prefix": "prefix"}, ASKERS, posts=True),
    "desk:ticket": Route({"prefix": "prefix", "number": "number"}, READERS | {"requester"}),
    "desk:clocks": Route({"prefix": "prefix", "number": "number"}, READERS),
    "desk:step": Route(
        {"prefix": "prefix", "number": "number", "verb": "=take|write|resolve|merge|offer"},
        WORKERS,
        gets=False,
        posts=True,
    ),
    "desk:gaps": Route({"prefix": "prefix"}, ANSWERABLE),
    "desk:gap-step": Route(
        {"prefix": "prefix", "verb": "=take|accept|remind|call-on"},
        ANSWERABLE,
        gets=False,
        posts=True,
        form={"number": "1001"},
    ),
    "desk:shift": Route({"prefix": "prefix"}, WORKERS, posts=True),
    "desk:callers": Route({"prefix": "prefix"}, WORKERS),
    "desk:priority": Route({"prefix": "prefix"}, WORKERS),
    "desk:counted": Route({"prefix": "prefix", "number": "number"}, READERS),
    "desk:about": Route({"prefix": "prefix", "number": "number"}, WORKERS),
    "desk:insert": Route(
        {"prefix": "prefix", "number": "number"},
        WORKERS,
        posts=True,
        query={"reply": "reply_title"},
    ),
    "desk:colleagues": Route({"prefix": "prefix", "number": "number"}, WORKERS),
    "desk:replies": Route({"prefix": "prefix"}, WORKERS, posts=True),
    "desk:reply": Route({"prefix": "prefix", "identity": "reply"}, WORKERS, posts=True),
    "desk:reply-remove": Route(
        {"prefix": "prefix", "identity": "reply"}, WORKERS, gets=False, posts=True
    ),
    "desk:look": Route(
        {"prefix": "prefix", "number": "number", "message": "message"}, READERS, posts=True
    ),
    "desk:file": Route(
        {"prefix": "prefix", "number": "number", "identity": "file"}, READERS | {"requester"}
    ),
    "intake:held": Route({"prefix": "prefix"}, WORKERS),
    "intake:held-count": Route({"prefix": "prefix"}, WORKERS),
    "intake:save-all": Route({"prefix": "prefix"}, WORKERS),
    "intake:unreachable": Route({"prefix": "prefix"}, WORKERS),
    "intake:allow": Route({"prefix": "prefix"}, WORKERS, gets=False, posts=True),
    "intake:sender": Route(
        {"prefix": "prefix", "verb": "=discard|block|unblock"}, WORKERS, gets=False, posts=True
    ),
    "intake:raw": Route({"prefix": "prefix", "pk": "mail"}, WORKERS),
    "intake:view": Route({"prefix": "prefix", "pk": "mail"}, WORKERS),
    "intake:decide": Route(
        {"prefix": "prefix", "pk": "mail", "verb": "=open|discard|add"},
        WORKERS,
        gets=False,
        posts=True,
    ),
    "intake:boxes": Route({"prefix": "prefix"}, STEERERS),
    "intake:box-new": Route({"prefix": "prefix"}, STEERERS, posts=True),
    "intake:box-keep": Route({"prefix": "prefix"}, STEERERS, posts=True),
    "intake:box-test": Route({"prefix": "prefix"}, STEERERS, posts=True),
    "intake:box-change": Route(
        {"prefix": "prefix", "pk": "box", "verb": "=pause|resume|remove"},
        STEERERS,
        gets=False,
        posts=True,
    ),
    "governance:charter": Route({"prefix": "prefix"}, READERS),
    "governance:versions": Route({"prefix": "prefix"}, READERS),
    "governance:changes": Route({"prefix": "prefix"}, READERS),
    "governance:begin": Route({"prefix": "prefix"}, STEERERS),
    "governance:write": Route({"prefix": "prefix"}, STEERERS, posts=True),
    "governance:import": Route({"prefix": "prefix"}, STEERERS, posts=True),
    "governance:calendars": Route({"prefix": "prefix"}, READERS, posts=True),
    "governance:version": Route({"prefix": "prefix", "number": "version"}, READERS),
    "governance:export": Route({"prefix": "prefix", "number": "version"}, READERS),
    "governance:sign": Route(
        {"prefix": "prefix", "number": "version"}, frozenset({"decision maker"}), posts=True
    ),
    "governance:withdraw": Route({"prefix": "prefix", "number": "version"}, STEERERS, posts=True),
    "governance:catalogue": Route({"prefix": "prefix"}, READERS),
    "governance:entries": Route({"prefix": "prefix", "shelf": "=sites|items"}, READERS),
    "governance:entries-export": Route({"prefix": "prefix", "shelf": "=sites|items"}, READERS),
    "governance:entry-new": Route(
        {"prefix": "prefix", "shelf": "=sites|items"}, STEERERS, posts=True
    ),
    "governance:entry": Route(
        {"prefix": "prefix", "shelf": "=items"}, STEERERS, posts=True, query={"key": "item"}
    ),
    "governance:entry-retire": Route(
        {"prefix": "prefix", "shelf": "=sites|items"},
        STEERERS,
        gets=False,
        posts=True,
        form={"key": "press-1"},
    ),
    "governance:lists": Route({"prefix": "prefix"}, STEERERS),
    "governance:list-upload": Route(
        {"prefix": "prefix", "name": "=people|sites|items"}, STEERERS, gets=False, posts=True
    ),
    "governance:list-sample": Route({"prefix": "prefix", "name": "=people|sites|items"}, STEERERS),
    "governance:list-export": Route({"prefix": "prefix", "name": "=people|sites|items"}, STEERERS),
    "governance:list": Route(
        {"prefix": "prefix", "name": "=people", "digest": "list"}, STEERERS, posts=True
    ),
    "people:list": Route({"prefix": "prefix"}, READERS),
    "people:invite": Route({"prefix": "prefix"}, ARRANGERS, posts=True),
    "people:invite-again": Route(
        {"prefix": "prefix", "uuid": "invitation"}, ARRANGERS, gets=False, posts=True
    ),
    "people:withdraw": Route(
        {"prefix": "prefix", "uuid": "invitation"}, ARRANGERS, gets=False, posts=True
    ),
    "people:teams": Route({"prefix": "prefix"}, READERS, posts=True),
    "people:team": Route({"prefix": "prefix", "slug": "team"}, STEERERS, posts=True),
    "people:providers": Route({"prefix": "prefix"}, STEERERS, posts=True),
    "people:dismiss": Route({"prefix": "prefix", "uuid": "provider"}, STEERERS, posts=True),
    "people:remove-absence": Route(
        {"prefix": "prefix", "uuid": "absence"}, READERS, gets=False, posts=True
    ),
    "people:person": Route({"prefix": "prefix", "uuid": "person"}, READERS),
    "people:change": Route(
        {"prefix": "prefix", "uuid": "person"}, ARRANGERS, gets=False, posts=True
    ),
    "people:enter-absence": Route(
        {"prefix": "prefix", "uuid": "agent"}, READERS, gets=False, posts=True
    ),
    "people:copy": Route({"prefix": "prefix", "uuid": "agent"}, ARRANGERS, gets=False, posts=True),
    "people:offer-password": Route(
        {"prefix": "prefix", "uuid": "agent"}, ARRANGERS, gets=False, posts=True
    ),
    "people:leave": Route({"prefix": "prefix", "uuid": "person"}, STEERERS, posts=True),
    "tokens:list": Route({"prefix": "prefix"}, READERS, posts=True),
    "tokens:revoke": Route({"prefix": "prefix", "token": "token"}, READERS, gets=False, posts=True),
    "people:settings": Route({"prefix": "prefix"}, STEERERS, posts=True),
    "works:list": Route({"prefix": "prefix"}, READERS),
    "works:work": Route({"prefix": "prefix", "uuid": "work"}, frozenset({"referent"})),
    "works:stop": Route(
        {"prefix": "prefix", "uuid": "work"}, frozenset({"referent"}), gets=False, posts=True
    ),
    "works:dismiss": Route(
        {"prefix": "prefix", "uuid": "work"}, frozenset({"referent"}), gets=False, posts=True
    ),
    "guide:start": Route({"prefix": "prefix"}, STEERERS),
    "guide:shelf": Route({"prefix": "prefix"}, STEERERS),
    "guide:request": Route({"prefix": "prefix"}, STEERERS, gets=False, posts=True),
    "guide:aside": Route({"prefix": "prefix"}, STEERERS, gets=False, posts=True),
    "planning:cases": Route({"prefix": "prefix"}, STEERERS),
    "planning:begin": Route({"prefix": "prefix"}, STEERERS, gets=False, posts=True),
    "planning:import": Route({"prefix": "prefix"}, STEERERS, posts=True),
    "planning:compare": Route(
        {"prefix": "prefix"}, STEERERS, query={"one": "case", "other": "other_case"}
    ),
    "planning:kept": Route({"prefix": "prefix", "plan": "plan"}, STEERERS),
    "planning:people": Route({"prefix": "prefix", "case": "case"}, STEERERS),
    "planning:told": Route(
        {"prefix": "prefix", "case": "case"}, STEERERS, query={"model": "model", "of": "figure"}
    ),
    "planning:between": Route({"prefix": "prefix", "case": "case"}, STEERERS),
    "planning:record": Route({"prefix": "prefix", "case": "case"}, STEERERS),
    "planning:versions": Route({"prefix": "prefix", "case": "case"}, STEERERS),
    "planning:download": Route(
        {"prefix": "prefix", "case": "case", "form": "=yaml|json|md"}, STEERERS
    ),
    "planning:change": Route(
        {
            "prefix": "prefix",
            "case": "case",
            "verb": "=rename|duplicate|keep|restore|people|take|provider|drop-provider|delete",
        },
        STEERERS,
        gets=False,
        posts=True,
    ),
    "planning:step": Route(
        {
            "prefix": "prefix",
            "case": "case",
            "step": "=diagnosis|demand|cost|risks|charter|providers",
        },
        STEERERS,
        posts=True,
    ),
    "review:review": Route({"prefix": "prefix"}, COUNTERS),
    "review:close": Route({"prefix": "prefix"}, STEERERS, gets=False, posts=True),
    "review:causes": Route({"prefix": "prefix"}, COUNTERS),
    "review:group": Route({"prefix": "prefix", "number": "number"}, COUNTERS),
    "review:link-group": Route(
        {"prefix": "prefix", "number": "number"}, COUNTERS & WORKERS, gets=False, posts=True
    ),
    "review:beside": Route({"prefix": "prefix", "number": "number"}, COUNTERS),
    "review:lenses": Route({"prefix": "prefix"}, COUNTERS),
    "review:before": Route({"prefix": "prefix"}, COUNTERS),
    "review:summary": Route({"prefix": "prefix"}, COUNTERS),
    "review:part": Route({"prefix": "prefix", "name": "=signs"}, COUNTERS),
    "review:part-table": Route({"prefix": "prefix", "name": "=signs"}, COUNTERS),
    "exports:list": Route({"prefix": "prefix"}, STEERERS),
    "exports:upload": Route({"prefix": "prefix"}, STEERERS, gets=False, posts=True),
    "exports:export": Route({"prefix": "prefix", "uuid": "export"}, STEERERS),
    "exports:under-way": Route({"prefix": "prefix", "uuid": "export"}, STEERERS),
    "exports:pack": Route({"prefix": "prefix", "uuid": "export"}, STEERERS),
    "exports:figures": Route({"prefix": "prefix", "uuid": "export"}, STEERERS),
    "exports:mapping": Route({"prefix": "prefix", "uuid": "export"}, STEERERS),
    **{
        f"exports:{name}": Route(
            {"prefix": "prefix", "uuid": "export"}, STEERERS, gets=False, posts=True
        )
        for name in ("read-as", "review", "import", "remove")
    },
    "review:ask": Route({"prefix": "prefix"}, COUNTERS, posts=True),
    "review:board": Route({"prefix": "prefix"}, COUNTERS),
    "review:board-now": Route({"prefix": "prefix"}, COUNTERS),
    "review:table": Route({"prefix": "prefix"}, COUNTERS),
    "review:behind": Route(
        {"prefix": "prefix", "key": "=attainment.response.experienced"}, COUNTERS
    ),
}


def known_routes() -> dict[str, URLPattern]:
    """Every route of the resolver by its name; one without a name by its pattern."""
    return dict(_walked(get_resolver().url_patterns, ""))


def _walked(
    patterns: list[URLPattern | URLResolver], space: str
) -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = f"{each.namespace}:" if each.namespace else space
            yield from _walked(each.url_patterns, inner)
        else:
            yield f"{space}{each.name or each.pattern}", each
