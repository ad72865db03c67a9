"""The addresses at the doors, under the names by which the library asks for them."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from django.views.decorators.http import require_http_methods

from commondesk.accounts import views as front
from commondesk.accounts.doors import views

pages = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("sign-in/", front.sign_in, name="account_login"),
    path("sign-in/code/", pages(views.SecondStep.as_view()), name="mfa_authenticate"),
    path("sign-in/passkey/", pages(views.PasskeyDoor.as_view()), name="mfa_login_webauthn"),
    re_path(
        "^forgot/(?P<uidb36>[0-9a-zA-Z]{1,14})-(?P<key>[0-9a-zA-Z-]{1,100})/$",
        pages(views.Reset.as_view()),
        name="account_reset_password_from_key",
    ),
    path("you/again/", pages(views.Again.as_view()), name="account_reauthenticate"),
    path("you/again/code/", pages(views.CodeAgain.as_view()), name="mfa_reauthenticate"),
    path(
        "you/again/passkey/",
        pages(views.PasskeyAgain.as_view()),
        name="mfa_reauthenticate_webauthn",
    ),
    path("you/", views.you, name="mfa_index"),
    path(
        "you/password/",
        pages(login_required(views.Password.as_view())),
        name="account_change_password",
    ),
    path("you/app/", pages(login_required(views.AddApp.as_view())), name="mfa_activate_totp"),
    path(
        "you/app/remove/",
        pages(login_required(views.RemoveApp.as_view())),
        name="mfa_deactivate_totp",
    ),
    path(
        "you/passkeys/", pages(login_required(views.AddPasskey.as_view())), name="mfa_add_webauthn"
    ),
    path(
        "you/passkeys/<int:pk>/remove/",
        pages(login_required(views.RemovePasskey.as_view())),
        name="mfa_remove_webauthn",
    ),
    path(
        "you/codes/", pages(login_required(views.Codes.as_view())), name="mfa_view_recovery_codes"
    ),
    path("you/codes/new/", views.make_codes, name="mfa_generate_recovery_codes"),
]
