"""URLs of the `qrcodes` app."""

from django.urls import path

from qrcodes import views

app_name = "qrcodes"

urlpatterns = [
    path("", views.generator, name="generator"),
    # Before the keys, of which none is so short.
    path("draw.png", views.made, {"kind": "png"}, name="draw-png"),
    path("draw.svg", views.made, {"kind": "svg"}, name="draw-svg"),
    path("<slug:key>.png", views.image, name="image"),
    path("<slug:key>.svg", views.drawing, name="drawing"),
]
