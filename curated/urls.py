"""The address of the catalogue; everything below it lies under /w/curated/."""

from django.urls import path

from curated import pages

urlpatterns = [path("", pages.catalogue, name="curated")]
