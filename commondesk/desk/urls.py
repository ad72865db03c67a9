"""The addresses of this room, inside a company."""

from django.urls import path

from commondesk.desk import canned_views, gaps_views, new_views, shift_views, views
from commondesk.desk.queue import screens

app_name = "desk"
urlpatterns = [
    path("queue/", screens.queue, name="queue"),
    path("gaps/", gaps_views.gaps, name="gaps"),
    path("gaps/steps/<str:verb>/", gaps_views.step, name="gap-step"),
    path("shift/", shift_views.shift, name="shift"),
    path("tickets/new/", new_views.new_ticket, name="new-ticket"),
    path("tickets/new/callers/", new_views.callers, name="callers"),
    path("tickets/new/priority/", new_views.priority, name="priority"),
    path("tickets/<int:number>/", views.ticket, name="ticket"),
    path("tickets/<int:number>/clocks/", views.clocks, name="clocks"),
    path("tickets/<int:number>/counted/", views.counted, name="counted"),
    path("tickets/<int:number>/about/", views.what_about, name="about"),
    path("tickets/<int:number>/insert/", views.insert, name="insert"),
    path("tickets/<int:number>/colleagues/", views.colleagues, name="colleagues"),
    path("replies/", canned_views.replies, name="replies"),
    path("replies/<uuid:identity>/", canned_views.reply, name="reply"),
    path("replies/<uuid:identity>/remove/", canned_views.remove, name="reply-remove"),
    path("tickets/<int:number>/steps/<str:verb>/", views.step, name="step"),
    path("tickets/<int:number>/messages/<str:message>/look/", views.look, name="look"),
    path("tickets/<int:number>/files/<uuid:identity>/", views.file, name="file"),
]
