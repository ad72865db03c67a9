"""How Django knows this room."""

from django.apps import AppConfig


class SampleConfig(AppConfig):
    name = "commondesk.sample"
    label = "sample"
    default_auto_field = "django.db.models.BigAutoField"
