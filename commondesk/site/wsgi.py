"""The door the web server opens."""

import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from commondesk.ledger.collecting import collect_seldom
from commondesk.site import assets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commondesk.site.settings")


def opened() -> WSGIHandler:
    if missing := assets.missing():
        raise SystemExit(f"a file for the browser is missing: {missing[0]}; run make assets")
    handler = get_wsgi_application()
    collect_seldom()
    return handler


application = opened()
