"""How Django knows this room."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "commondesk.governance"
    label = "governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commondesk.accounts import setup
        from commondesk.accounts.works import kinds
        from commondesk.governance.founding import give_charter
        from commondesk.governance.long_lists import LONG_LIST

        kinds.learn(LONG_LIST)
        if give_charter not in setup.FOUNDING_STEPS:
            setup.FOUNDING_STEPS.append(give_charter)
