"""How Django knows this room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "commondesk.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commondesk.intake import actions
        from commondesk.intake.held import projections
        from commondesk.ledger import words

        words.on_erase(actions.forget)
        words.on_erase(projections.forget)
