"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.planning import case_changes, case_files, case_views, views

app_name = "planning"
urlpatterns = [
    path("plan/", views.cases, name="cases"),
    path("plan/begin/", views.begin, name="begin"),
    path("plan/import/", views.import_, name="import"),
    path("plan/compare/", case_views.compare, name="compare"),
    path("plan/kept/<uuid:plan>/", case_views.kept, name="kept"),
    path("plan/<uuid:case>/versions/", case_views.versions, name="versions"),
    path("plan/<uuid:case>/case.<slug:form>", case_files.download, name="download"),
    path("plan/<uuid:case>/people/", views.people, name="people"),
    path("plan/<uuid:case>/told/", views.told, name="told"),
    path("plan/<uuid:case>/between/", views.two, name="between"),
    path("plan/<uuid:case>/record/", views.record, name="record"),
    path("plan/<uuid:case>/do/<slug:verb>/", case_changes.change, name="change"),
    path("plan/<uuid:case>/<slug:step>/", views.step, name="step"),
]
