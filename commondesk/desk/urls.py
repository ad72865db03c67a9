"""The addresses of this room, inside a company."""

from django.urls import path

from commondesk.desk import views

app_name = "desk"
urlpatterns = [
    path("queue/", views.queue, name="queue"),
    path("tickets/new/", views.new_ticket, name="new-ticket"),
    path("tickets/<int:number>/", views.ticket, name="ticket"),
    path("tickets/<int:number>/clocks/", views.clocks, name="clocks"),
    path("tickets/<int:number>/steps/<str:verb>/", views.step, name="step"),
    path("tickets/<int:number>/messages/<str:message>/look/", views.look, name="look"),
    path("tickets/<int:number>/files/<uuid:identity>/", views.file, name="file"),
]
