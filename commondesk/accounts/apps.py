"""How Django knows this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "commondesk.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
