"""How Django knows this room."""

from django.apps import AppConfig


class GuideConfig(AppConfig):
    name = "commondesk.guide"
    label = "guide"
    default_auto_field = "django.db.models.BigAutoField"
