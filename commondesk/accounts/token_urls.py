"""The addresses of tokens for programs."""

from django.urls import path

from commondesk.accounts import token_views

app_name = "tokens"
urlpatterns = [
    path("tokens/", token_views.tokens_page, name="list"),
    path("tokens/<uuid:token>/revoke/", token_views.revoke, name="revoke"),
]
