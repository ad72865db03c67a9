"""How Django knows this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "commondesk.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in
        from django.db.models.signals import post_save

        from commondesk.accounts.doors import addresses, sessions
        from commondesk.accounts.models import Person

        post_save.connect(addresses.follow, sender=Person, dispatch_uid="doors.addresses")
        user_logged_in.connect(sessions.begin, dispatch_uid="doors.sessions")
