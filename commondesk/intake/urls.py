"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.intake import views

app_name = "intake"
urlpatterns = [
    path("mail/", views.held, name="held"),
    path("mail/count/", views.held_count, name="held-count"),
    path("mail/<int:pk>/", views.raw, name="raw"),
]
