"""The absolute addresses of pages."""

import pytest
from wagtail.models import Site

from prevent_content.links import page_address
from tests.factories import HomePageFactory

OURS = "https://www.council.example"


@pytest.fixture(autouse=True)
def site_url(settings):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": f"{OURS}/"}


@pytest.fixture
def parish(home):
    root = HomePageFactory(parent=home.get_parent(), slug="parish")
    Site.objects.create(hostname="parish.example", port=8080, root_page=root)
    return root


def test_a_page_of_the_default_site_has_its_public_address(prevent_page):
    assert page_address(prevent_page) == f"{OURS}/prevent/"


def test_a_page_of_another_site_has_that_sites_address(parish, prevent_page, rf):
    asked_here = rf.get("/")
    assert Site.find_for_request(asked_here).is_default_site
    for request in (None, asked_here):
        assert page_address(parish, request) == "http://parish.example:8080/"


def test_a_page_outside_every_site_has_no_address(home, rf):
    outside = HomePageFactory(parent=home.get_parent(), slug="outside")
    assert page_address(outside) == ""
    assert page_address(outside, rf.get("/")) == ""


def test_a_request_for_its_own_site_saves_the_query(
    prevent_page, rf, django_assert_num_queries, parish
):
    request = rf.get("/")
    page_address(prevent_page, request)
    with django_assert_num_queries(0):
        assert page_address(prevent_page, request) == f"{OURS}/prevent/"
    with django_assert_num_queries(1):
        page_address(prevent_page)
