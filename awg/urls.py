"""URLs of the `awg` app."""

from django.urls import path

from awg import views

app_name = "awg"

urlpatterns = [
    path("", views.calculator, name="calculator"),
    path("tables/", views.tables, name="tables"),
]
