"""Which room answers which address."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path


def healthz(request: HttpRequest) -> HttpResponse:
    """Says ok when pages can be answered: the process runs and the database replies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("commondesk.accounts.urls")),
    path("healthz", healthz, name="healthz"),
    path("content/", include("commondesk.desk.content.urls")),
    path("c/<str:prefix>/", include("commondesk.desk.urls")),
    path("c/<str:prefix>/", include("commondesk.intake.urls")),
    path("c/<str:prefix>/", include("commondesk.governance.urls")),
    path("c/<str:prefix>/", include("commondesk.review.urls")),
]
