"""Addresses of this room, inside a company."""

from django.urls import path

from commondesk.review import views
from commondesk.review.asking import views as asking
from commondesk.review.causes import views as causes

app_name = "review"
urlpatterns = [
    path("review/", views.review, name="review"),
    path("review/close/", views.close, name="close"),
    path("board/", views.board, name="board"),
    path("board/now/", views.board_now, name="board-now"),
    path("review/causes/", causes.causes, name="causes"),
    path("review/recurring/<int:number>/", causes.group, name="group"),
    path("review/recurring/<int:number>/link/", causes.link_group, name="link-group"),
    path("review/recurring/<int:number>/beside/", causes.beside, name="beside"),
    path("review/lenses/", causes.pair, name="lenses"),
    path("review/before/", causes.before, name="before"),
    path("review/summary/", causes.summary, name="summary"),
    path("review/parts/<str:name>/", causes.part, name="part"),
    path("review/parts/<str:name>.csv", causes.part_table, name="part-table"),
    path("review/questions/", asking.ask, name="ask"),
    path("review/figures.csv", views.table, name="table"),
    path("review/figures/<str:key>/", views.behind, name="behind"),
]
