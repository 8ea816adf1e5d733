"""Pages under `/nodes/`."""

from django.urls import path

from nodes import views

app_name = "nodes"
urlpatterns = [
    path("", views.constellation, name="constellation"),
    path("now/", views.now, name="now"),
]
