"""The addresses of Wagtail's API, as everybody may read it: pages, images and documents."""

from django.urls import path

from .views import public_router

urlpatterns = [path("", public_router("prevent_pages").urls)]
