"""What every page carries, what an upload may weigh, and which host answers what."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from commondesk.desk.uploads import UploadLimit

Answer = Callable[[HttpRequest], HttpResponse]
CONTENT = "/content/"
ON_BOTH = frozenset({"/healthz"})


def no_store(answer: Answer) -> Answer:
    """Keep pages out of every cache; a view that knows better says so itself.

    The two below go along with it: they need no place of their own among the settings.
    """
    inner = hosts_apart(uploads_limited(answer))

    def answered(request: HttpRequest) -> HttpResponse:
        response = inner(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answered


def hosts_apart(answer: Answer) -> Answer:
    """Mail is shown by its own host and by no other; that host shows nothing else.

    What strangers wrote is so kept away from the desk's cookies and pages even if it could run.
    """

    def answered(request: HttpRequest) -> HttpResponse:
        wanted = urlsplit(settings.CONTENT_ORIGIN).netloc
        if not wanted or request.path in ON_BOTH:
            return answer(request)
        is_content_host = request.get_host() == wanted
        if is_content_host == request.path.startswith(CONTENT):
            return answer(request)
        if is_content_host and request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(settings.ORIGIN + request.get_full_path())
        nothing = "There is nothing here.\n"  # not for readers
        return HttpResponse(nothing, status=404, content_type="text/plain")

    return answered


def uploads_limited(answer: Answer) -> Answer:
    """Files that are too large are passed over while they arrive, before they fill the disk."""

    def answered(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            request.upload_handlers.insert(0, UploadLimit(request))
        return answer(request)

    return answered
