"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.governance import calendar_views, catalogue_urls, edit_views, views

app_name = "governance"
urlpatterns = [
    path("charter/", views.charter, name="charter"),
    path("charter/versions/", views.versions, name="versions"),
    path("charter/changes/", views.changes, name="changes"),
    path("charter/begin/", edit_views.begin, name="begin"),
    path("charter/write/", edit_views.write, name="write"),
    path("charter/import/", edit_views.import_, name="import"),
    path("charter/calendars/", calendar_views.calendars, name="calendars"),
    path("charter/<int:number>/", views.version, name="version"),
    path("charter/<int:number>/export.yaml", views.export, name="export"),
    path("charter/<int:number>/sign/", views.sign, name="sign"),
    path("charter/<int:number>/withdraw/", views.withdraw, name="withdraw"),
    *catalogue_urls.urlpatterns,
]
