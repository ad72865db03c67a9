"""The addresses of this room."""

from django.urls import path

from commondesk.accounts import views
from commondesk.accounts.doors import views as doors

app_name = "accounts"
urlpatterns = [
    path("", views.front_door, name="front-door"),
    path("setup/<str:token>/", views.set_up, name="set-up"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("forgot/", doors.Forgot.as_view(), name="forgot"),
    path("forgot/sent/", doors.forgot_sent, name="forgot-sent"),
    path("you/", doors.you, name="you"),
    path("you/sessions/", doors.end_session, name="end-session"),
]
