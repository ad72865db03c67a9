"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.guide import views

app_name = "guide"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("start/shelf/", views.shelf, name="shelf"),
    path("start/request/", views.send_request, name="request"),
    path("start/aside/", views.aside, name="aside"),
]
