"""How Django knows this room, and what must hold before it starts."""

from django.apps import AppConfig
from django.core import checks

from commondesk.site import assets, catalogue


class SiteConfig(AppConfig):
    name = "commondesk.site"
    label = "site"

    def ready(self) -> None:
        checks.register(assets.check, assets.INSTALLED)
        catalogue.learn_all()
