"""How Django knows this room."""

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "commondesk.planning"
    label = "planning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commondesk.accounts.works import kinds
        from commondesk.planning.rostering import ROSTER
        from commondesk.planning.staffing import PEOPLE

        kinds.learn(ROSTER)
        kinds.learn(PEOPLE)
