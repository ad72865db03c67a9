"""Addresses of exports of other desks, inside a company."""

from django.urls import path

from commondesk.review.exports import views

app_name = "exports"
urlpatterns = [
    path("review/exports/", views.exports, name="list"),
    path("review/exports/upload/", views.upload, name="upload"),
    path("review/exports/<uuid:uuid>/", views.export, name="export"),
    path("review/exports/<uuid:uuid>/under-way/", views.under_way, name="under-way"),
    path("review/exports/<uuid:uuid>/read-as/", views.read_as, name="read-as"),
    path("review/exports/<uuid:uuid>/review/", views.review, name="review"),
    path("review/exports/<uuid:uuid>/import/", views.import_tickets, name="import"),
    path("review/exports/<uuid:uuid>/remove/", views.remove, name="remove"),
    path("review/exports/<uuid:uuid>/pack.html", views.pack, name="pack"),
    path("review/exports/<uuid:uuid>/figures.json", views.figures, name="figures"),
    path("review/exports/<uuid:uuid>/mapping.yaml", views.mapping, name="mapping"),
]
