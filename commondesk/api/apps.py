"""How Django knows this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "commondesk.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
