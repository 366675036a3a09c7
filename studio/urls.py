from django.urls import include, path

from environments import admin

urlpatterns = [
    path("", include("environments.urls")),
    path("curated/", include("curated.urls")),
    path("admin/data/", admin.site.urls),
]
