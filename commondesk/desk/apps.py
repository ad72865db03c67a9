"""How Django knows this room."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "commondesk.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commondesk.accounts import letters as accounts_letters
        from commondesk.accounts import setup
        from commondesk.accounts.arrangement import leaving as accounts_leaving
        from commondesk.accounts.arrangement import teams
        from commondesk.desk import leaving, letters, projections
        from commondesk.governance import actions
        from commondesk.ledger import words

        words.on_erase(projections.forget)
        if projections.mark_founded not in setup.FOUNDING_STEPS:
            setup.FOUNDING_STEPS.append(projections.mark_founded)
        if projections.follow_calendar not in actions.CALENDAR_FOLLOWERS:
            actions.CALENDAR_FOLLOWERS.append(projections.follow_calendar)
        if letters.carry not in accounts_letters.POSTMEN:
            accounts_letters.POSTMEN.append(letters.carry)
        if leaving.STEP not in accounts_leaving.LEAVING_STEPS:
            accounts_leaving.LEAVING_STEPS.append(leaving.STEP)
        if leaving.follow_contact not in teams.CONTACT_FOLLOWERS:
            teams.CONTACT_FOLLOWERS.append(leaving.follow_contact)
