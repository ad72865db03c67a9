"""How Django knows this room."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "commondesk.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commondesk.desk import projections
        from commondesk.governance import actions
        from commondesk.ledger import words

        words.on_erase(projections.forget)
        if projections.follow_calendar not in actions.CALENDAR_FOLLOWERS:
            actions.CALENDAR_FOLLOWERS.append(projections.follow_calendar)
