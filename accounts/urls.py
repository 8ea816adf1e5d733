"""Paths under `/accounts/`."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("rfid-login/", views.rfid_login, name="rfid-login"),
]
