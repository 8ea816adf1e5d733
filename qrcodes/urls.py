"""URLs of the `qrcodes` app."""

from django.urls import path

from qrcodes import views

app_name = "qrcodes"

urlpatterns = [
    path("<slug:key>.png", views.image, name="image"),
    path("<slug:key>.svg", views.drawing, name="drawing"),
]
