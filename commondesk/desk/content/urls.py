"""The addresses of the content origin: nothing else is answered there."""

from django.urls import path

from commondesk.desk.content import views
from commondesk.desk.content.passes import Purpose

app_name = "content"
urlpatterns = [
    path("mail", views.mail, name=Purpose.MAIL.value),
    path("inline", views.inline, name=Purpose.INLINE.value),
    path("picture", views.picture, name=Purpose.PICTURE.value),
]
