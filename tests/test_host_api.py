"""A host's own API beside ours, in either order and at any address."""

from types import ModuleType

import pytest
from django.urls import include, path, reverse
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import BaseAPIViewSet, PagesAPIViewSet
from wagtail.documents import urls as wagtaildocs_urls

from events.models import Venue
from events.registrations import plugin_urls
from events.search import search_page


class VenuesViewSet(BaseAPIViewSet):
    model = Venue
    body_fields = [*BaseAPIViewSet.body_fields, "name"]


def urlconf(place: str, *, is_first: bool) -> ModuleType:
    """Return the urls of a host with its own API and an extra endpoint at ``place``."""
    router = WagtailAPIRouter("wagtailapi")
    router.register_endpoint("pages", PagesAPIViewSet)
    router.register_endpoint("halls", VenuesViewSet)
    lines = [path(place, router.urls), path("", include(plugin_urls))]
    urls = ModuleType("host_urls")
    urls.urlpatterns = [
        path("cms/", include(wagtailadmin_urls)),
        path("documents/", include(wagtaildocs_urls)),
        path("search/", search_page, name="search"),
        *(lines if is_first else reversed(lines)),
        path("", include(wagtail_urls)),
    ]
    return urls


@pytest.fixture(params=["api/v2/", "api/", "content/"])
def place(request):
    return request.param


@pytest.fixture(params=[True, False], ids=["before ours", "after ours"])
def host(request, settings, place):
    settings.ROOT_URLCONF = urlconf(place, is_first=request.param)


@pytest.mark.django_db
@pytest.mark.usefixtures("host")
def test_each_api_answers_at_its_own_addresses(client, place, event):
    assert reverse("wagtailapi:pages:listing") == f"/{place}pages/"
    theirs = client.get(f"/{place}pages/{event.pk}/").json()
    ours = client.get(f"/api/prevent/pages/{event.pk}/").json()
    assert theirs["meta"]["detail_url"].endswith(f"/{place}pages/{event.pk}/")
    assert ours["meta"]["detail_url"].endswith(f"/api/prevent/pages/{event.pk}/")
    assert set(theirs) == set(ours)
    assert client.get(f"/api/prevent/events/{event.pk}/").json()["id"] == event.pk


@pytest.mark.django_db
@pytest.mark.usefixtures("host")
def test_a_host_keeps_its_own_endpoints_and_unknown_addresses(client, place):
    assert client.get(f"/{place}halls/").json()["meta"] == {"total_count": 0}
    unknown = client.get("/api/nothing/")
    assert unknown.status_code == 404
    assert unknown["Content-Type"].startswith("text/html")
