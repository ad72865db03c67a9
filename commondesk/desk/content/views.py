"""The content origin: mail as it looked, and its pictures. No cookie is read or set here."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from commondesk.accounts import policy
from commondesk.accounts.models import Person
from commondesk.accounts.policy import Right, Viewer
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk.content import fetching, passes, rendering
from commondesk.desk.content.passes import Pass, Purpose, UnfitPass
from commondesk.desk.content.pictures import picture_of
from commondesk.desk.models import MessageRow
from commondesk.ledger import words

GONE = gettext_noop("This cannot be shown, or not any more. Open it again from the ticket.")
WITH_PICTURES = "pictures"
LARGEST_INLINE = 25 * 1024 * 1024
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
# White paper in both themes: mails are written for it, and bring no colours of their own here.
STYLE = """
html { color-scheme: only light; background: #fff; }
body { margin: 0; padding: 16px; color: #1b1916; background: #fff; overflow-wrap: anywhere;
  font: 15px/1.55 system-ui, sans-serif; }
img { max-width: 100%; height: auto; }
img:not([src]) { padding: 2px 8px; border: 1px dashed #857e72; border-radius: 4px;
  color: #524d45; font-size: 13px; }
img[width="0"], img[width="1"], img[height="0"], img[height="1"] { display: none; }
table { max-width: 100%; border-collapse: collapse; }
td, th { padding: 2px 6px; vertical-align: top; text-align: start; }
blockquote { margin: 8px 0; padding-inline-start: 12px; border-inline-start: 2px solid #e0dbd1; }
pre { white-space: pre-wrap; }
a { color: #2a46b0; }
"""
PAGE = f"""<!doctype html>
<html lang="">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}}</title>
<style>{STYLE}</style>
</head>
<body>
{{mail}}
</body>
</html>
"""
STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that the holder of a pass may see, and the origin that shows it."""

    row: MessageRow
    given: Pass
    origin: str


# ---- what is asked for --------------------------------------------------------------------


@require_safe
@xframe_options_exempt
def mail(request: HttpRequest) -> HttpResponse:
    """The HTML of a message, as a page that can do nothing."""
    shown = shown_by(request, Purpose.MAIL)
    if shown is None or not shown.row.html:
        return gone(request)
    made = rendering.rendered(
        shown.row.html,
        inline=partial(inline_address, shown),
        remote=partial(remote_address, shown) if shown.given.thing == WITH_PICTURES else None,
    )
    titled = PAGE.replace("{title}", gettext("The mail as it looked"))
    return apart(request, HttpResponse(titled.replace("{mail}", made.html)))


@require_safe
@xframe_options_exempt
def inline(request: HttpRequest) -> HttpResponse:
    """A picture that came with the message."""
    shown = shown_by(request, Purpose.INLINE)
    sizes = sizes_of(shown.row) if shown else {}
    if shown is None or sizes.get(shown.given.thing, LARGEST_INLINE + 1) > LARGEST_INLINE:
        return gone(request)
    try:
        with words.open_file(shown.given.thing, company=shown.given.company) as file:
            content = file.read(LARGEST_INLINE)
    except (words.UnknownWords, words.ErasedWords, FileNotFoundError):
        return gone(request)
    found = picture_of(content)
    return picture_page(request, found.media_type, content) if found else gone(request)


@require_safe
@xframe_options_exempt
def picture(request: HttpRequest) -> HttpResponse:
    """A picture that lies elsewhere, fetched by the desk because somebody asked to see it."""
    shown = shown_by(request, Purpose.PICTURE)
    if shown is None:
        return gone(request)
    try:
        found = fetching.fetch_picture(shown.given.thing)
    except fetching.Refused:
        return gone(request)
    return picture_page(request, found.media_type, found.content)


# ---- who asks -----------------------------------------------------------------------------


def shown_by(request: HttpRequest, purpose: Purpose) -> Shown | None:
    """What the signed address shows, if its holder may still read it."""
    try:
        given = passes.read(purpose, request.GET.get("u", ""))
    except UnfitPass:
        return None
    viewer = viewer_of(given.person, given.company)
    row = MessageRow.objects.select_related("ticket").filter(id=given.message).first()
    if row is None or not may_see(viewer, row, given.company):
        return None
    return Shown(row, given, origin_of(request))


def viewer_of(person: UUID, company: UUID) -> Viewer | None:
    return policy.viewer_of(Person.objects.filter(uuid=person).first(), company)


def may_see(viewer: Viewer | None, row: MessageRow, company: UUID) -> bool:
    ticket = row.ticket
    is_theirs = ticket.company == company and policy.may_read_ticket(
        viewer, company, ticket.requester, ticket.providers
    )
    is_agent = policy.may(viewer, Right.READ_TICKETS)
    return (
        is_theirs
        and is_agent
        and policy.may_read_note(viewer, row.audience, row.side, row.provider)
    )


# ---- addresses of pictures ----------------------------------------------------------------


def inline_address(shown: Shown, content_id: str) -> str | None:
    identity = attachment_of(shown.row, content_id)
    if identity is None:
        return None
    return passes.address_of(Purpose.INLINE, shown.given.for_thing(identity), shown.origin)


def attachment_of(row: MessageRow, content_id: str) -> str | None:
    """The file that a `cid:` means: by our own id, else by the name that mail programs use."""
    wanted = content_id.strip().lower()
    name = wanted.partition("@")[0]
    by_name = {str(each["name"]).lower(): str(each["id"]) for each in reversed(row.attachments)}
    return wanted if wanted in by_name.values() else by_name.get(wanted) or by_name.get(name)


def sizes_of(row: MessageRow) -> Mapping[str, int]:
    return {str(each["id"]): int(each["size"]) for each in row.attachments}


def remote_address(shown: Shown, url: str) -> str:
    return passes.address_of(Purpose.PICTURE, shown.given.for_thing(url), shown.origin)


# ---- what every answer carries ------------------------------------------------------------


def apart(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Shut the answer off: it runs nothing, sends nothing, and is framed by the desk alone."""
    own = origin_of(request)
    rules = (
        "default-src 'none'",
        f"img-src {own}",
        f"style-src 'sha256-{STYLE_HASH}'",
        "form-action 'none'",
        "base-uri 'none'",
        f"frame-ancestors {settings.ORIGIN if settings.CONTENT_ORIGIN else own}",
        f"sandbox {SANDBOX}",
    )
    response["Content-Security-Policy"] = "; ".join(rules)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-DNS-Prefetch-Control"] = "off"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def origin_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def picture_page(request: HttpRequest, media_type: str, content: bytes) -> HttpResponse:
    return apart(request, HttpResponse(content, content_type=media_type))


def gone(request: HttpRequest) -> HttpResponse:
    text = "" if "image/" in request.headers.get("accept", "")[:12] else f"{gettext(GONE)}\n"
    return apart(request, HttpResponse(text, status=404, content_type="text/plain; charset=utf-8"))
