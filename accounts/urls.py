"""Paths under `/accounts/`."""

from django.urls import path

from accounts import views
from accounts.pages import card_login, cards, contact, second_factor, tokens, vehicles

app_name = "accounts"
urlpatterns = [
    path("rfid-login/", views.rfid_login, name="rfid-login"),
    path("card-login/", card_login.card_login, name="card-login"),
    path("login/code/", second_factor.login_code, name="login-code"),
    path("me/second-factor/", second_factor.second_factor, name="second-factor"),
    path("me/contact/", contact.contact, name="contact"),
    path("me/password/", contact.password, name="password"),
    path("me/cards/", cards.cards, name="cards"),
    path("me/cards/<int:number>/lost/", cards.card_lost, name="card-lost"),
    path("me/vehicles/", vehicles.vehicles, name="vehicles"),
    path("me/vehicles/add/", vehicles.vehicle_add, name="vehicle-add"),
    path("me/vehicles/<int:number>/", vehicles.vehicle, name="vehicle"),
    path("me/vehicles/<int:number>/remove/", vehicles.vehicle_remove, name="vehicle-remove"),
    path("me/tokens/", tokens.tokens, name="tokens"),
    path("me/tokens/<int:number>/revoke/", tokens.token_revoke, name="token-revoke"),
]
