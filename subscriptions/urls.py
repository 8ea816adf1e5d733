"""Pages under `/subscriptions/`. The REST paths beside them are mounted by `config.api`."""

from django.urls import path

from subscriptions import views

app_name = "subscriptions"

urlpatterns = [
    path("", views.products, name="products"),
    path("products/<int:number>/", views.subscribe, name="subscribe"),
    path("mine/", views.mine, name="mine"),
    path("mine/<int:number>/cancel/", views.cancel, name="cancel"),
]
