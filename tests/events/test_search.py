import logging
from datetime import UTC, date, datetime

import pytest
from bs4 import BeautifulSoup
from wagtail.models import Locale, PageViewRestriction, Site

from events import search
from events.models import SearchSynonyms
from events.search import SearchError, days_of, marked, passage, words_of
from tests.factories import HomePageFactory, PreventPageFactory

SEARCH = "/search/"
PROSE = [("prose", "<p>Tea & cake for the <b>xylophone</b> band.</p>")]


@pytest.fixture
def searched(client, home):
    def ask(query=None, status=200, **more):
        given = more if query is None else {"query": query, **more}
        response = client.get(SEARCH, given)
        assert response.status_code == status
        return BeautifulSoup(response.content, "html.parser")

    return ask


def titles(page):
    return [row.get_text() for row in page.select("main .app-page-list__title")]


def dates(page):
    return [row["datetime"] for row in page.select("main .app-event-card time")]


def test_a_page_is_found_by_its_title_and_by_its_words(searched, prevent_page, home):
    PreventPageFactory(parent=home, title="Musical evenings", body=PROSE)
    assert titles(searched("musical")) == ["Musical evenings"]
    page = searched("XYLOPHONE tea")
    assert titles(page) == ["Musical evenings"]
    assert [mark.get_text() for mark in page.select("main mark")] == ["Tea", "xylophone"]
    assert "1 page found" in page.get_text()


def test_an_empty_query_finds_nothing(searched, prevent_page):
    page = searched()
    assert not page.select("main h2")
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    assert "Nothing found" in searched("quetzalcoatl").get_text()


def test_words_are_marked_and_everything_stays_escaped(searched, prevent_page, home):
    PreventPageFactory(
        parent=home,
        title="<script>alert(1)</script> xylophone",
        summary="<b>bold</b> & xylophones <mark>",
    )
    found = searched("xylophone").select_one("main .app-page-list__item")
    assert not found.select("script, b")
    assert [mark.get_text() for mark in found.select("mark")] == ["xylophone", "xylophones"]
    assert str(marked('a <i> "b"', {"i"})) == "a &lt;<mark>i</mark>&gt; &quot;b&quot;"


@pytest.mark.parametrize("kind", ["draft", "unpublished", "restricted", "below", "another site"])
def test_only_public_content_is_found(searched, prevent_page, home, kind):
    secret = {"title": "Xylophone", "slug": "secret"}
    if kind == "draft":
        PreventPageFactory(parent=home, live=False, **secret)
    elif kind == "unpublished":
        PreventPageFactory(parent=home, **secret).unpublish()
    elif kind == "another site":
        HomePageFactory(parent=home.get_parent(), **secret)
    else:
        page = PreventPageFactory(parent=home, **secret)
        above = page
        if kind == "below":
            above = PreventPageFactory(parent=home, title="Above", slug="above")
            page.move(above, pos="last-child")
        PageViewRestriction.objects.create(page=above, restriction_type="login")
    page = searched("xylophone")
    assert titles(page) == []
    assert "Nothing found" in page.get_text()


def test_a_draft_of_a_public_page_is_not_found_by_its_new_words(searched, prevent_page):
    prevent_page.title = "Xylophone"
    prevent_page.save_revision()
    assert titles(searched("xylophone")) == []


def test_the_coming_dates_of_an_event_stand_beside_its_page(searched, series):
    page = searched("community roundtable")
    assert titles(page) == ["Community roundtable"]
    assert dates(page) == ["2026-11-26", "2027-02-25", "2027-05-27"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("26 November 2026", ["2026-11-26"]),
        ("26/11/2026", ["2026-11-26"]),
        ("2026-11-26", ["2026-11-26"]),
        ("february 2027", ["2027-02-25"]),
        ("Nov 2026", ["2026-11-26"]),
        ("25 Feb", ["2027-02-25"]),
        ("25 February", ["2027-02-25"]),
        ("25/2", ["2027-02-25"]),
        ("Thursday 26th November", ["2026-11-26"]),
        ("february", ["2027-02-25"]),
        ("november", ["2026-11-26"]),
        ("may", ["2027-05-27"]),
        ("april", []),
        ("27 November 2026", []),
        ("November 9999", []),
    ],
)
def test_a_date_or_a_month_finds_its_events(searched, series, query, found):
    assert dates(searched(query)) == found


def test_dates_of_private_pages_are_not_found(searched, series):
    PageViewRestriction.objects.create(page=series, restriction_type="login")
    assert dates(searched("26 November 2026")) == []
    assert dates(searched("community roundtable")) == []


def test_an_event_is_found_by_its_venue(searched, series):
    assert titles(searched(series.venue.name)) == ["Community roundtable"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ('"tea', ["tea"]),
        ("tea\x00cake", ["tea", "cake"]),
        ("tea AND NOT (cake OR 'x')", ["tea", "AND", "NOT", "cake", "OR", "x"]),
        ("tea* NEAR/2 title:cake", ["tea", "NEAR", "2", "title", "cake"]),
        ("tea:* & !cake | <->", ["tea", "cake"]),
        ("100% \\ %s %(a)s", ["100", "s", "a"]),
        ("گول میز", ["گول", "میز"]),
        ("সম্প্রদায়", ["সম্প্রদায়"]),
        ("tea tea", ["tea"]),
    ],
)
def test_database_operators_are_treated_as_spaces(searched, prevent_page, query, words):
    assert words_of(query) == words
    searched(query)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ('"', "Enter letters or numbers to search for"),
        ("\x00\x01", "Enter letters or numbers to search for"),
        ("word " * 1000, "Search for 200 characters or fewer"),
        ("a b c d e f g h i j k l m", "Search for 12 words or fewer"),
        ("x" * 201, "Search for 200 characters or fewer"),
    ],
    ids=["quotation mark", "NUL", "1,000 words", "13 words", "a long word"],
)
def test_an_invalid_query_is_refused_with_a_sentence(searched, prevent_page, query, sentence):
    page = searched(query, status=400)
    assert page.select_one(".govuk-error-summary__list").get_text() == sentence
    assert page.title.get_text().startswith("Error: ")
    assert page.select_one("#query")["value"] == query.strip()[:200]


@pytest.mark.parametrize("number", ["0", "-1", "x", "2", "100", "101", "1e9", "٣", "9" * 500])
def test_a_missing_page_of_results_is_refused(searched, prevent_page, number):
    page = searched("prevent", status=400, page=number)
    assert "Go back to the first page" in page.select_one(".govuk-error-summary").get_text()


def test_results_are_paged(searched, prevent_page, home):
    for number in range(12):
        PreventPageFactory(parent=home, title=f"Xylophone {number}", slug=f"x-{number}")
    first = searched("xylophone")
    assert len(titles(first)) == 10
    assert "12 pages found" in first.get_text()
    next_page = first.select_one("main a[rel=next]")["href"]
    assert next_page == "?query=xylophone&page=2"
    second = searched("xylophone", page=2)
    assert len(set(titles(first)) | set(titles(second))) == 12
    assert second.select_one("main a[rel=prev]")
    assert not second.select_one("main a[rel=next]")


def test_a_search_is_neither_stored_nor_logged_nor_indexed(client, prevent_page, caplog):
    with caplog.at_level(logging.DEBUG):
        response = client.get(SEARCH, {"query": "a private worry"})
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies
    own = [row for row in caplog.records if not row.name.startswith("django.db")]
    assert "worry" not in " ".join(row.getMessage() for row in own)
    assert client.post(SEARCH, {"query": "x"}).status_code == 405


@pytest.mark.parametrize("query", ["xilophone", "xylophon", "xylofone", "xylophones"])
def test_a_misspelt_word_finds_similar_ones(searched, prevent_page, home, query):
    PreventPageFactory(parent=home, title="An evening", summary="Bring a xylophone.")
    assert titles(searched(query)) == ["An evening"]


def test_it_says_what_it_searched_for_instead(searched, prevent_page, home):
    PreventPageFactory(parent=home, title="An evening", summary="Bring a xylophone.")
    assert "We found nothing for “xilophone”" in searched("xilophone").get_text()


def test_some_of_the_words_are_enough_if_no_page_has_all(searched, prevent_page, home):
    PreventPageFactory(parent=home, title="Musical evenings", body=PROSE)
    page = searched("xylophone zeppelin")
    assert titles(page) == ["Musical evenings"]
    assert "No page has all these words" in page.get_text()


def test_editors_say_which_words_mean_the_same(searched, prevent_page, home):
    PreventPageFactory(parent=home, title="Musical evenings", body=PROSE)
    assert titles(searched("glockenspiel")) == []
    SearchSynonyms.objects.create(words="xylophone, glockenspiel, bell lyra")
    assert titles(searched("glockenspiels")) == ["Musical evenings"]
    assert titles(searched("glockenspiel tea")) == ["Musical evenings"]


def test_small_words_are_ignored_unless_there_are_no_others(searched, prevent_page, home):
    PreventPageFactory(parent=home, title="Musical evenings", body=PROSE)
    assert titles(searched("what is a xylophone for")) == ["Musical evenings"]
    assert searched("what is it").select_one("main h1")


def test_labels_that_editors_choose_are_not_indexed(searched, home):
    """Searching for "heading" found every page that has one."""
    body = [("heading", {"text": "Bells", "level": "h2"}), *PROSE]
    PreventPageFactory(parent=home, title="Musical evenings", body=body)
    assert titles(searched("section heading")) == []
    assert "Section heading" not in searched("bells").get_text()


def test_an_event_is_found_by_how_to_get_in_and_around(searched, series):
    venue = series.venue
    venue.getting_there, venue.step_free = "Park behind the hall.", "yes"
    venue.save()
    assert titles(searched("parking")) == ["Community roundtable"]
    assert titles(searched("disabled access"))[0] == "Community roundtable"


@pytest.mark.parametrize("query", ["xylophone", "quetzalcoatl", "april"])
def test_every_page_of_results_has_the_concern_routes_and_a_way_on(searched, series, query):
    page = searched(query)
    assert page.select_one("main .app-concern a[href='tel:999']")
    assert page.select_one("main a[href='/registration/link/']")


def test_a_month_without_events_leads_to_the_next_one(searched, series):
    page = searched("april")
    assert "There are no events on that date" in page.get_text()
    assert page.select_one("main a[href$='?date=2026-11-26']")


def test_a_site_finds_its_pages_in_each_of_its_languages(prevent_page, home, settings, clock):
    settings.WAGTAIL_I18N_ENABLED = True
    urdu = Locale.objects.create(language_code="ur")
    home.copy_for_translation(urdu)
    translation = prevent_page.copy_for_translation(urdu)
    translation.title = "Xylophone"
    translation.save_revision().publish()
    at = datetime(2026, 11, 2, tzinfo=UTC)
    results = search.search(Site.objects.get(), "xylophone", number=1, at=at)
    assert [row.page.pk for row in results.found] == [translation.pk]


def test_a_passage_around_the_match_is_cut_between_words():
    text = "word " * 100 + "xylophone " + "more " * 100
    cut = passage(text, {"xylophon"})
    assert cut.startswith("…word ")
    assert cut.endswith(" more…")
    assert "xylophone" in cut
    assert len(cut) <= 202
    assert passage("Short.", {"other"}) == "Short."
    assert len(passage("x" * 1000, {"x"})) <= 1002


def test_a_month_is_recognised_only_as_a_month():
    today = date(2026, 11, 2)
    assert days_of("may 2027", today=today)[1].day == 31
    assert days_of("maybe 2027", today=today) is None
    assert days_of("tea 2027", today=today) is None
    assert days_of("tea", today=today) is None
    with pytest.raises(SearchError):
        words_of("…")
