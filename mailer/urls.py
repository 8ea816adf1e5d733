"""URLs of the `mailer` app. Its JSON endpoints are in `mailer.api`."""

from django.urls import path

from mailer import views

app_name = "mailer"
urlpatterns = [path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe")]
