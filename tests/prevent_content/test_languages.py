"""The catalogues are complete, and pages are found, linked and marked in each language."""

import importlib.util
import io
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from wagtail.models import Locale, PageViewRestriction, Site

from events.dates_in_words import hours_in_words
from events.registrations.emails.kinds import compose
from events.registrations.models import OutboundEmail
from tests.conftest import NOW
from tests.factories import OutboundEmailFactory, RegistrationFactory, publish

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("catalogues", ROOT / "bin" / "catalogues.py")
catalogues = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(catalogues)

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%{\w+}")
ADDRESS = re.compile(r'href="[^"]*"')
KNOWN = list(catalogues.catalogues())
CATALOGUES = pytest.mark.parametrize(("app", "path"), KNOWN, ids=[app for app, _path in KNOWN])


@pytest.fixture(autouse=True)
def spoken_language():
    """Restore the language and the languages for the next test."""
    Site.clear_site_root_paths_cache()
    with translation.override("en-gb"):
        yield
    Site.clear_site_root_paths_cache()


def texts(value):
    return [value] if isinstance(value, str) else list(value)


def keys(catalog):
    return {(message.id, message.context) for message in catalog if message.id}


def test_the_plugin_and_the_site_have_a_welsh_and_an_urdu_catalogue():
    assert [(app, path.parent.parent.name) for app, path in KNOWN] == [
        ("prevent_content", "cy"),
        ("prevent_content", "ur"),
        ("home", "cy"),
        ("home", "ur"),
    ]


@CATALOGUES
def test_marked_and_translated_strings_are_the_same(app, path):
    marked = keys(catalogues.extracted(app))
    assert len(marked) > 20
    assert keys(catalogues.read(path)) == marked


@pytest.mark.parametrize("app", sorted(catalogues.SOURCES))
def test_a_new_language_finds_every_message(app):
    """If this fails: ``.venv/bin/python bin/catalogues.py update``."""
    template = catalogues.read_po(io.BytesIO(catalogues.template_of(app).read_bytes()))
    assert keys(template) == keys(catalogues.extracted(app))


@CATALOGUES
def test_every_message_is_translated_with_its_placeholders_and_addresses(app, path):
    for message in catalogues.read(path):
        if not message.id:
            continue
        originals, translations = texts(message.id), texts(message.string)
        assert not message.fuzzy, message.id
        # Welsh has more forms for numbers than English.
        originals += originals[-1:] * (len(translations) - len(originals))
        for original, translated in zip(originals, translations, strict=True):
            assert translated.strip(), message.id
            for pattern in (PLACEHOLDER, ADDRESS):
                assert sorted(pattern.findall(translated)) == sorted(pattern.findall(original))
            assert translated.count("<") == original.count("<"), message.id


@CATALOGUES
def test_set_up_compiles_the_committed_catalogues(app, path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    written = catalogues.read(path)
    pairs = [
        {(*texts(message.id), *texts(message.string)) for message in catalog if message.id}
        for catalog in (compiled, written)
    ]
    assert pairs[0] == pairs[1]


def unmarked(template):
    """Return a template's text outside tags, variables and messages."""
    noise = (
        r"{% comment.*?endcomment %}|{% blocktranslate.*?endblocktranslate %}"
        r"|{%.*?%}|{{.*?}}|{#.*?#}|<(?:script|style).*?</(?:script|style)>|<[^>]*>|[\w.-]+=\""
    )
    parts = re.sub(noise, "|", template, flags=re.DOTALL).split("|")
    attributes = re.findall(r'(?:aria-label|alt|title)="([A-Za-z][^"{]+)"', template)
    return {part.strip() for part in [*parts, *attributes] if re.search("[A-Za-z]{2}", part)}


# A name, an address, and a class on its own.
NO_WORDS = {"(Atom)", "https://ico.org.uk/make-a-complaint/", "govuk-grid-column-full"}


@CATALOGUES
def test_no_public_text_is_left_unmarked(app, path):
    templates = [file for file in catalogues.files_of(app) if file.suffix != ".py"]
    assert len(templates) > 5
    left = {
        file.name: words for file in templates if (words := unmarked(file.read_text()) - NO_WORDS)
    }
    assert left == {}


def test_control_an_unmarked_word_is_found():
    marked = '{% translate "Marked" %}<p title="Seen">{{ value }} too</p>'
    assert unmarked(marked) == {"Seen", "too"}


def test_control_a_newly_marked_string_is_found_missing(tmp_path):
    page = tmp_path / "page.html"
    page.write_text('{% load i18n %}<p>{% translate "Quite new" %}</p>')
    assert [row[1] for row in catalogues.messages_in(page)] == ["Quite new"]


@pytest.fixture
def urdu(home):
    """The front page in Urdu, published."""
    locale = Locale.objects.create(language_code="ur")
    page = home.copy_for_translation(locale)
    page.title, page.slug, page.summary = "پہلا صفحہ", "home-ur", "خلاصہ"
    return publish(page)


@pytest.fixture
def prevent_in_urdu(urdu, prevent_page):
    page = prevent_page.copy_for_translation(urdu.locale)
    page.title = "پریونٹ"
    return publish(page)


def soup(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status
    return BeautifulSoup(response.content, "html.parser")


def alternates(page):
    return {
        link["hreflang"]: link["href"].removeprefix("http://testserver")
        for link in page.select("link[hreflang]")
    }


def test_english_stays_in_place_and_urdu_is_below_its_prefix(client, prevent_in_urdu):
    english, urdu = soup(client, "/prevent/"), soup(client, "/ur/prevent/")
    assert english.html["lang"] == "en-GB"
    assert not english.html.has_attr("dir")
    assert (urdu.html["lang"], urdu.html["dir"]) == ("ur", "rtl")
    assert urdu.h1.get_text() == "پریونٹ"
    assert urdu.select_one("link[rel=stylesheet]")["href"].endswith("prevent.rtl.css")
    assert client.get("/en-gb/prevent/").status_code == 404
    assert client.get("/de/prevent/").status_code == 404
    assert urdu.select_one(".app-header__link")["href"] == "/ur/"


@pytest.mark.parametrize("address", ["/prevent/", "/ur/prevent/"])
def test_each_page_names_itself_and_its_translations(client, prevent_in_urdu, address):
    page = soup(client, address)
    assert alternates(page) == {"en-GB": "/prevent/", "ur": "/ur/prevent/"}
    switch = page.select_one(".app-languages")
    assert switch["aria-label"]
    (link,) = switch.select("a")
    assert link["href"] != address
    assert link["lang"] == link["hreflang"]
    assert switch.select_one("[aria-current]")["lang"] == page.html["lang"]


@pytest.mark.parametrize("kind", ["draft", "restricted"])
def test_a_private_translation_is_not_offered(client, prevent_in_urdu, kind):
    if kind == "draft":
        prevent_in_urdu.unpublish()
    else:
        PageViewRestriction.objects.create(page=prevent_in_urdu, restriction_type="login")
    page = soup(client, "/prevent/")
    assert not alternates(page)
    assert not page.select(".app-languages")


def test_a_page_in_one_language_offers_none(client, urdu, prevent_page):
    page = soup(client, "/prevent/")
    assert not page.select(".app-languages, link[hreflang]")


def test_only_the_address_decides_the_language(client, prevent_in_urdu):
    client.cookies["django_language"] = "ur"
    response = client.get("/prevent/", headers={"accept-language": "ur"})
    assert response["Content-Language"] == "en-gb"
    assert "Accept-Language" not in response.get("Vary", "")
    assert "Cookie" not in response.get("Vary", "")


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(address)
    return len(captured)


def test_a_page_queries_its_locale_once_and_its_translations_once(
    client, prevent_page, settings, home
):
    settings.WAGTAIL_I18N_ENABLED = False
    without = queries(client, "/prevent/")
    settings.WAGTAIL_I18N_ENABLED = True
    assert queries(client, "/prevent/") <= without + 1
    urdu = Locale.objects.create(language_code="ur")
    home.copy_for_translation(urdu)
    prevent_page.copy_for_translation(urdu)
    assert queries(client, "/prevent/") <= without + 2


def test_pages_work_with_languages_switched_off(client, prevent_page, settings):
    settings.WAGTAIL_I18N_ENABLED = False
    page = soup(client, "/prevent/")
    assert page.html["lang"] == "en-GB"
    assert not page.select(".app-languages")


def test_hours_and_dates_are_in_the_language_of_the_page(event):
    row = event.occurrences.get()
    assert row.when == "Thursday 26 November 2026, 6pm to 7:30pm"
    with translation.override("ur"):
        assert row.when == "جمعرات 26 نومبر 2026، 18:00 سے 19:30 تک"
        assert hours_in_words(row.starts_at.time()) == "18:00"


@pytest.fixture
def urdu_form(series, registration_page, urdu):
    """The series' form in Urdu, with all its parent pages."""
    for page in reversed([registration_page, *registration_page.get_ancestors().reverse()]):
        if page.depth > urdu.depth and not page.has_translation(urdu.locale):
            publish(page.specific.copy_for_translation(urdu.locale, copy_parents=True))
    return registration_page.get_translation(urdu.locale).specific


def test_someone_who_registers_in_urdu_is_emailed_in_urdu(client, urdu_form):
    occurrence = urdu_form.event.dates.first()
    page = soup(client, urdu_form.get_url_parts()[2])
    assert "آپ کا پورا نام" in page.get_text()
    registration = RegistrationFactory(page=urdu_form, occurrence=occurrence, status="confirmed")
    email = OutboundEmailFactory(registration=registration, kind=OutboundEmail.Kind.CONFIRMED)
    message = compose(email)
    assert message.subject.startswith("آپ کی جگہ کی تصدیق ہو گئی ہے")
    link = re.search(r"http://\S*(/ur/registration/\S+)", message.body)[1]
    own = soup(client, link)
    assert own.html["lang"] == "ur"
    assert "تصدیق شدہ" in own.get_text()


def test_a_calendar_is_in_the_language_of_its_event_whoever_publishes_it(event):
    with translation.override("ur"):
        publish(event)
    entry = bytes(event.occurrences.get().vevent).decode()
    assert "Organised by" in entry
    assert "منتظم" not in entry


def test_email_to_someone_whose_form_is_gone_is_in_english(event):
    registration = RegistrationFactory(occurrence=event.occurrences.get(), received_at=NOW)
    message = compose(OutboundEmailFactory(registration=registration))
    assert message.subject.startswith("We have received your request")
