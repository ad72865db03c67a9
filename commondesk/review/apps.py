"""How Django knows this room."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "commondesk.review"
    label = "review"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commondesk.review.exports import works

        works.learn()
