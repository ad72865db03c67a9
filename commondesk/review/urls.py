"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.review import views
from commondesk.review.asking import views as asking

app_name = "review"
urlpatterns = [
    path("review/", views.review, name="review"),
    path("board/", views.board, name="board"),
    path("board/now/", views.board_now, name="board-now"),
    path("review/questions/", asking.ask, name="ask"),
    path("review/figures.csv", views.table, name="table"),
    path("review/figures/<str:key>/", views.behind, name="behind"),
]
