"""The catalogue and its environments; their versions lie under /w/curated/."""

from django.urls import path

from curated import detail, pages

urlpatterns = [
    path("", pages.catalogue, name="curated"),
    path("<name:env>/", detail.detail, name="curated-environment"),
]
