"""URLs of the site as a whole: its first page, login, language and sitemap."""

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from website import views

app_name = "website"

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="website:home"), name="logout"),
    path("language/", set_language, name="language"),
    path("sitemap/", views.sitemap, name="sitemap"),
    path("sitemap.xml", views.sitemap_xml, name="sitemap-xml"),
    path("sitemap-<int:part>.xml", views.sitemap_xml, name="sitemap-part"),
    path("robots.txt", views.robots, name="robots"),
    # The admin's pages name no icon, so a browser looks for it here.
    path("favicon.ico", views.Favicon.as_view(), name="favicon"),
]
