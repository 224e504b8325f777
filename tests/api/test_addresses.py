"""Every address in every answer and email has a scheme and a host."""

import json
import re
from datetime import time

import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from events.registrations.emails.kinds import compose
from events.registrations.models import OutboundEmail
from tests.factories import SpeakerFactory, VenueFactory, publish

IN_HTML = re.compile(r"""\b(?:href|src)=["']([^"']*)["']""")
ABSOLUTE = re.compile(r"(https?|webcal|mailto|tel|sms):|#")


def addresses_in(value, name="") -> list[str]:
    """Return the values of every ``*_url``, ``url``, ``href`` and ``src`` in ``value``."""
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in addresses_in(part, key)]
    if isinstance(value, list):
        return [found for part in value for found in addresses_in(part, name)]
    if not isinstance(value, str):
        return []
    if name in ("url", "next", "og:url") or name.endswith("_url"):
        return [value] if value else []
    return IN_HTML.findall(value)


@pytest.fixture
def full_site(prevent_page, series, registration_page):
    """Links to pages and documents, and images, wherever someone can write them."""
    document = get_document_model().objects.create(
        title="Slides", file=ContentFile(b"%PDF-1.4", name="slides.pdf")
    )
    image = get_image_model().objects.create(
        title="Hall", file=get_test_image_file(size=(400, 300))
    )
    links = (
        f'<p><a linktype="page" id="{prevent_page.pk}">page</a> '
        f'<a linktype="document" id="{document.pk}">document</a></p>'
    )
    prevent_page.body = [
        ("prose", links),
        ("figure", {"image": {"image": image, "alt_text": "A hall"}, "caption": ""}),
        ("documents", {"title": "Documents", "documents": [document]}),
        ("related_pages", {"heading": "Related", "pages": [series]}),
        ("concern_routes", {"heading": "Whom to tell"}),
        ("details", {"summary": "More", "text": links}),
    ]
    publish(prevent_page)
    series.venue = VenueFactory(map_url="https://maps.example/")
    series.body = [("prose", links)]
    series.agenda = [
        (
            "item",
            {
                "starts": time(18),
                "ends": time(19),
                "title": "The talk",
                "text": links,
                "speakers": [SpeakerFactory()],
            },
        )
    ]
    series.record_summary = links
    publish(series)
    for name in ("introduction", "privacy_text", "confirmation_text"):
        setattr(registration_page, name, links)
    return publish(registration_page)


def test_no_answer_of_the_api_has_a_relative_address(client, fetch, full_site, series):
    date = series.occurrences.order_by("date").first()
    answers = [
        "/api/site/",
        "/api/search/?query=roundtable",
        "/api/events/",
        f"/api/events/{series.pk}/",
        "/api/occurrences/",
        f"/api/occurrences/{date.uuid}/",
        f"/api/registration-forms/{full_site.pk}/",
        "/api/v2/pages/?fields=*&limit=100",
        "/api/v2/images/?fields=*",
        "/api/v2/documents/?fields=*",
        "/api/openapi.json",
        *(row["meta"]["detail_url"] for row in fetch("/api/v2/pages/?limit=100")["items"]),
    ]
    found = []
    for address in answers:
        found += [(address, each) for each in addresses_in(fetch(address))]
    assert len(found) > 60
    assert [each for each in found if not ABSOLUTE.match(each[1])] == []
    seen = {each for _, each in found}
    assert any("/documents/" in each for each in seen)
    assert any("/media/" in each for each in seen)


def test_an_acknowledged_booking_and_its_emails_have_no_relative_address(
    client, clock, fetch, full_site
):
    form = fetch(f"/api/registration-forms/{full_site.pk}/")
    clock.shift(60)
    body = {
        "form": form["id"],
        "occurrence": form["dates"][0]["occurrence"],
        "name": "Ada Visitor",
        "email": "ada@visitor.example",
    }
    response = client.post(
        "/api/registrations/",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": form["token"]},
    )
    assert response.status_code == 201, response.content
    found = addresses_in(response.json())
    assert found
    for email in OutboundEmail.objects.all():
        message = compose(email)
        parts = [content for content, kind in message.alternatives if kind == "text/html"]
        found += [each for part in parts for each in IN_HTML.findall(str(part))]
    assert len(found) > 4
    assert [each for each in found if not ABSOLUTE.match(each)] == []


def test_the_requested_host_is_in_no_address(client, full_site, settings):
    """A shared cache must not store links to a made-up port or name."""
    settings.ALLOWED_HOSTS = ["*"]
    for address in ("/api/v2/pages/?limit=100", "/api/site/", "/api/occurrences/"):
        response = client.get(address, headers={"Host": "testserver:9999"})
        assert b"9999" not in response.content
