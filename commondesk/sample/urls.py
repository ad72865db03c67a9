"""The addresses of the sample."""

from django.urls import path

from commondesk.sample import views

app_name = "sample"
urlpatterns = [
    path("", views.look, name="look"),
    path("play/", views.play, name="play"),
    path("progress/", views.progress, name="progress"),
    path("stop/", views.stop, name="stop"),
    path("remove/", views.remove, name="remove"),
]
