"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.governance import views

app_name = "governance"
urlpatterns = [path("charter/", views.charter, name="charter")]
