"""The addresses of this room."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from commondesk.api import problems
from commondesk.api.document import openapi
from commondesk.api.door import told_as_problems
from commondesk.api.operations import api


@csrf_exempt
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever is no operation."""
    return problems.answer(problems.not_there())


def operations() -> list[URLPattern]:
    """Those of the API, each telling what goes wrong around it as a problem."""
    patterns, _, _ = api.urls
    found = [each for each in patterns if isinstance(each, URLPattern) and each.name != "api-root"]
    for each in found:
        each.callback = told_as_problems(each.callback)
    return found


app_name = "api"
urlpatterns = [
    path("openapi.json", require_safe(openapi), name="document"),
    *operations(),
    re_path(r"^(?P<rest>.*)$", nowhere),
]
