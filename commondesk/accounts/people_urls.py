"""The addresses of the pages about people, below a company's own."""

from django.urls import path

from commondesk.accounts import people_views as views

app_name = "people"
urlpatterns = [
    path("people/", views.people, name="list"),
    path("people/invite/", views.invite, name="invite"),
    path("people/invitations/<uuid:uuid>/again/", views.invite_again, name="invite-again"),
    path("people/invitations/<uuid:uuid>/withdraw/", views.withdraw, name="withdraw"),
    path("people/teams/", views.team_list, name="teams"),
    path("people/teams/<str:slug>/", views.team, name="team"),
    path("people/providers/", views.providers, name="providers"),
    path("people/providers/<uuid:uuid>/dismiss/", views.dismiss, name="dismiss"),
    path("people/absences/<uuid:uuid>/remove/", views.remove_absence, name="remove-absence"),
    path("people/<uuid:uuid>/", views.person, name="person"),
    path("people/<uuid:uuid>/change/", views.change, name="change"),
    path("people/<uuid:uuid>/away/", views.enter_absence, name="enter-absence"),
    path("people/<uuid:uuid>/copy/", views.copy, name="copy"),
    path("people/<uuid:uuid>/password/", views.offer_password, name="offer-password"),
    path("people/<uuid:uuid>/leave/", views.leave, name="leave"),
    path("settings/", views.settings_page, name="settings"),
]
