"""What every page carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def no_store(
    answer: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Keep pages out of every cache; a view that knows better says so itself."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answered
