"""What people type comes out as text everywhere, and no header misleads anyone."""

import html
import json
import re

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.management import call_command
from django.test import Client
from icalendar import Calendar

from events.registrations import submissions
from events.registrations.models import Registration
from tests.attacks.test_generated import NASTY
from tests.conftest import NOW
from tests.factories import publish

MARKUP = '</script><script>alert("1")</script><img src=x onerror=alert(1)>'
LINES = "Evening\r\nBEGIN:VALARM\r\nEND:VALARM\r\nDESCRIPTION:x"


@pytest.fixture
def hostile(series):
    """An event whose every field is an attack."""
    series.title = MARKUP
    series.search_description = MARKUP
    series.seo_title = MARKUP
    return publish(series)


def test_markup_in_a_title_is_text_on_every_page(hostile):
    for path in (hostile.url, hostile.get_parent().url, "/", "/prevent/"):
        page = BeautifulSoup(Client().get(path).content, "html.parser")
        assert not page.select("img[onerror]"), path
        scripts = [each for each in page.select("script") if not each.get("src")]
        assert all(each["type"] in ("application/ld+json", "application/json") for each in scripts)


def test_json_ld_stays_valid_and_keeps_the_words(hostile):
    page = BeautifulSoup(Client().get(hostile.url).content, "html.parser")
    found = [json.loads(each.string) for each in page.select("script[type='application/ld+json']")]
    assert any(MARKUP in json.dumps(each, ensure_ascii=False).replace('\\"', '"') for each in found)


def test_lines_in_a_title_add_no_lines_to_a_calendar(series):
    series.title = LINES
    publish(series)
    answer = b"".join(Client().get("/calendar/events.ics"))
    calendar = Calendar.from_ical(answer)
    assert calendar.walk("VEVENT")
    for event in calendar.walk("VEVENT"):
        assert not [each for each in event.subcomponents if each.name == "VALARM"]


@pytest.mark.parametrize("name", ["Eve\r\nBcc: all@evil.example", "Eve\nSubject: x", *NASTY])
def test_a_name_adds_no_header_to_an_email(form, name):
    bound = form(name=name)
    if not bound.is_valid():
        assert bound.errors.keys() == {"name"}
        return
    submissions.register(bound.submission(), at=NOW)
    call_command("send_outbox")
    assert mail.outbox
    for message in mail.outbox:
        sent = message.message()
        assert "Bcc" not in sent
        assert len(sent.get_all("Subject")) == 1
        assert "evil.example" not in " ".join(message.recipients())


def test_invalid_input_comes_back_as_text(registration_page):
    answer = Client().post(registration_page.url, {"name": MARKUP, "email": MARKUP})
    assert answer.status_code < 500
    assert MARKUP not in answer.content.decode()
    assert html.escape(MARKUP, quote=False)[:20] in answer.content.decode()
    assert Registration.objects.count() == 0


def test_a_line_break_in_an_address_adds_no_line_to_the_log(home, caplog):
    Client().get("/nothing%0d%0aERROR forged/")
    assert not re.search(r"^ERROR forged", caplog.text, flags=re.MULTILINE)


@pytest.mark.parametrize("header", ["x-forwarded-host", "forwarded", "x-original-url", "x-host"])
def test_no_header_changes_a_pages_content_or_links(series, header):
    plain = Client().get(series.url)
    poisoned = Client().get(series.url, headers={header: "evil.example"})
    assert b"evil.example" not in poisoned.content
    assert poisoned.content == plain.content
    assert b"evil.example" not in Client().get(series.url).content


@pytest.mark.parametrize("address", ["//evil.example/", "/\\evil.example/", "/%5cevil.example/"])
def test_no_path_redirects_to_another_host(home, address):
    answer = Client().get(address)
    leads_to = answer.headers.get("Location", "")
    assert not leads_to.startswith(("//", "/\\", "http"))


def test_embeds_are_never_fetched(settings):
    assert settings.WAGTAILEMBEDS_FINDERS == []
