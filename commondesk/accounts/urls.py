"""The addresses of this room."""

from django.urls import path

from commondesk.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.front_door, name="front-door"),
    path("setup/<str:token>/", views.set_up, name="set-up"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
]
