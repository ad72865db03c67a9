"""Which room answers which address."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from commondesk.desk import gaps_views
from commondesk.desk.queue import screens
from commondesk.site import pages


def healthz(request: HttpRequest) -> HttpResponse:
    """Says ok when pages can be answered: the process runs and the database replies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("commondesk.accounts.urls")),
    path("", include("commondesk.accounts.doors.urls")),
    path("", include("commondesk.accounts.invited_urls")),
    path("healthz", healthz, name="healthz"),
    # Loaded when the first program asks: what it needs is large, and many desks have no program.
    path("api/v1/", ("commondesk.api.urls", "api", "api")),
    path("content/", include("commondesk.desk.content.urls")),
    path("gaps/", gaps_views.all_gaps, name="all-gaps"),
    path("glossary/", pages.glossary, name="glossary"),
    path("styleguide/", pages.style_guide, name="styleguide"),
    path("queue/", screens.queues, name="queues"),
    path("sample/", include("commondesk.sample.urls")),
    path("c/<str:prefix>/", include("commondesk.desk.urls")),
    path("c/<str:prefix>/", include("commondesk.guide.urls")),
    path("c/<str:prefix>/", include("commondesk.intake.urls")),
    path("c/<str:prefix>/", include("commondesk.governance.urls")),
    path("c/<str:prefix>/", include("commondesk.review.urls")),
    path("c/<str:prefix>/", include("commondesk.review.exports.urls")),
    path("c/<str:prefix>/", include("commondesk.planning.urls")),
    path("c/<str:prefix>/", include("commondesk.accounts.people_urls")),
    path("c/<str:prefix>/", include("commondesk.accounts.token_urls")),
    path("c/<str:prefix>/", include("commondesk.accounts.works_urls")),
]
