"""Addresses of the catalogue and of lists that people bring along, inside a company."""

from django.urls import path

from commondesk.governance import catalogue_views as catalogue
from commondesk.governance import lists_views as lists

urlpatterns = [
    path("catalogue/", catalogue.services, name="catalogue"),
    path("catalogue/<str:shelf>/", catalogue.entries, name="entries"),
    path("catalogue/<str:shelf>/new/", catalogue.new, name="entry-new"),
    path("catalogue/<str:shelf>/entry/", catalogue.entry, name="entry"),
    path("catalogue/<str:shelf>/retire/", catalogue.retire, name="entry-retire"),
    path("catalogue/<str:shelf>/export.csv", catalogue.export, name="entries-export"),
    path("import/", lists.lists, name="lists"),
    path("import/<str:name>/", lists.upload, name="list-upload"),
    path("import/<str:name>/sample.csv", lists.sample, name="list-sample"),
    path("import/<str:name>/export.csv", lists.export, name="list-export"),
    path("import/<str:name>/<str:digest>/", lists.preview, name="list"),
]
