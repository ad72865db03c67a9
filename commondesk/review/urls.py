"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.review import views

app_name = "review"
urlpatterns = [
    path("review/", views.review, name="review"),
    path("review/figures/<str:key>/", views.behind, name="behind"),
]
