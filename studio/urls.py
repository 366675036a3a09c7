from django.urls import include, path

from environments import admin

handler400 = "environments.pages.errors.bad_request"
handler500 = "environments.pages.errors.server_error"

urlpatterns = [
    path("", include("environments.urls")),
    path("curated/", include("curated.urls")),
    path("admin/data/", admin.site.urls),
]
