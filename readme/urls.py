"""URLs of the `readme` app: a document stands where it stands in the repository."""

from django.urls import re_path

from readme import views

app_name = "readme"

urlpatterns = [
    re_path(r"^$", views.index, name="index"),
    re_path(r"^(?P<name>[\w./-]+\.md)$", views.document, name="document"),
    re_path(r"^(?P<name>docs/screens/[\w-]+\.png)$", views.picture, name="picture"),
    re_path(r"^(?P<name>docs(?:/[\w-]+)*)/$", views.folder, name="folder"),
]
