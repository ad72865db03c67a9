"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.intake import views
from commondesk.intake.boxes import views as boxes

app_name = "intake"
urlpatterns = [
    path("mail/", views.held, name="held"),
    path("mail/count/", views.held_count, name="held-count"),
    path("mail/all/", views.save_all, name="save-all"),
    path("mail/unreachable/", views.addresses_not_reached, name="unreachable"),
    path("mail/unreachable/allow/", views.allow, name="allow"),
    path("mail/senders/<slug:verb>/", views.sender, name="sender"),
    path("mail/<int:pk>/", views.raw, name="raw"),
    path("mail/<int:pk>/view/", views.view, name="view"),
    path("mail/<int:pk>/<slug:verb>/", views.decide, name="decide"),
    path("mailboxes/", boxes.boxes, name="boxes"),
    path("mailboxes/new/", boxes.new, name="box-new"),
    path("mailboxes/keep/", boxes.keep, name="box-keep"),
    path("mailboxes/test/", boxes.test_mail, name="box-test"),
    path("mailboxes/<int:pk>/<slug:verb>/", boxes.change, name="box-change"),
]
