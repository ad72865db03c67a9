"""The addresses of long work, below a company's own."""

from django.urls import path

from commondesk.accounts import works_views as views

app_name = "works"
urlpatterns = [
    path("works/", views.works, name="list"),
    path("works/<uuid:uuid>/", views.work, name="work"),
    path("works/<uuid:uuid>/stop/", views.stop, name="stop"),
    path("works/<uuid:uuid>/dismiss/", views.dismiss, name="dismiss"),
]
