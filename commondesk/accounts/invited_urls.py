"""The address that an invitation's letter links to."""

from django.urls import path

from commondesk.accounts import invited_views as views

app_name = "invited"
urlpatterns = [path("invited/<str:token>/", views.join, name="join")]
