"""What is cached, for whom, under which addresses and for how long."""

import threading
from datetime import datetime, timedelta

import pytest
from django.core.cache import caches
from django.db import connections, transaction
from django.test import Client
from wagtail.models import PageViewRestriction, Site

from events.models import EventIndexPage, EventPage
from home.models import SiteSettings
from prevent_content.models import PreventSettings
from prevent_content.page_cache import known_query
from prevent_content.public_version import (
    PublicVersion,
    cached_with_version,
    count_up,
    is_shared,
)
from tests.conftest import NOW
from tests.factories import EventPageFactory, RegistrationPageFactory, StandardPageFactory

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

INDEX = "/prevent/roundtables/"
FORM = INDEX + "one-evening/register/"
LOCAL = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
SHARED = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache"}


@pytest.fixture
def pages(request, settings):
    """Cache pages in local memory, where there are none yet."""
    yield from empty(settings, {**LOCAL, "LOCATION": request.node.name})


@pytest.fixture
def shared_pages(settings, tmp_path):
    """Cache pages, and the mark of their version, where all processes see them."""
    yield from empty(settings, {**SHARED, "LOCATION": tmp_path})


def empty(settings, backend):
    settings.CACHES = {"default": backend}
    for model in (SiteSettings, PreventSettings):
        # The first visit of all makes them, which changes something.
        model.for_site(Site.objects.get())
    yield caches["default"]
    caches["default"].clear()


@pytest.fixture
def made(monkeypatch):
    """Return the queries of the event pages and indexes that were made rather than cached."""
    made = []

    def counted(view):
        def wrapper(request, page):
            made.append(request.META["QUERY_STRING"])
            return view(request, page)

        return wrapper

    for model in (EventPage, EventIndexPage):
        monkeypatch.setattr(model, "view", counted(model.view))
    return made


def test_a_page_is_made_once_and_cached_for_everyone(pages, event, made):
    first, second = (Client().get(event.url) for _ in range(2))
    assert made == [""]
    assert first.content == second.content
    # Each request has a name of its own in the log.
    first, second = (dict(answer.items()) for answer in (first, second))
    assert first.pop("X-Request-ID", "") != second.pop("X-Request-ID", None)
    assert first == second


def test_a_page_in_a_shared_cache_is_right_until_it_changes(shared_pages, event_index, event, made):
    before = {Client().get(INDEX).content for _ in range(2)}
    assert made == [""]
    EventPageFactory(parent=event_index, title="Second evening")
    after = {Client().get(INDEX).content for _ in range(2)}
    assert (len(before), len(after), before & after) == (1, 1, set())
    assert len(made) == 2


def test_a_cached_page_says_that_it_is_everyones(pages, event):
    for _ in range(2):
        response = Client().get(event.url)
        assert response["Cache-Control"] == (
            "public, max-age=0, s-maxage=15, stale-while-revalidate=15"
        )
        assert response["ETag"].startswith('"')
        assert response["Vary"] == "Accept-Encoding"
        assert not response.cookies
        assert b"csrf" not in response.content


def test_whoever_has_the_page_is_told_so_and_gets_no_body(pages, event):
    etag = Client().get(event.url)["ETag"]
    again = Client().get(event.url, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_goes_out_compressed_to_whoever_reads_that(pages, event):
    plain = Client().get(event.url)
    small = Client().get(event.url, headers={"accept-encoding": "gzip, br"})
    assert small["Content-Encoding"] == "gzip"
    assert len(small.content) * 2 < len(plain.content)
    assert small["ETag"] != plain["ETag"]
    assert "Content-Encoding" not in Client().get(event.url)


def test_head_is_answered_from_what_is_cached(pages, event, made):
    assert Client().head(event.url).status_code == 200
    length = Client().get(event.url)["Content-Length"]
    assert Client().head(event.url)["Content-Length"] == length
    assert len(made) == 2


def test_parameters_that_no_page_knows_make_no_copies(pages, event, made):
    for query in ("utm_source=a", "fbclid=b", "date=", "x=1&y=2", "a=%ff", ""):
        assert Client().get(f"{event.url}?{query}").status_code == 200
    assert len(made) == 1


def test_parameters_of_other_pages_are_not_cached_by(pages, event, home):
    page = StandardPageFactory(parent=home)
    for number in range(20):
        assert "ETag" not in Client().get(f"{page.url}?page={number}")


def test_each_listing_is_a_page_of_its_own(pages, event, made):
    queries = ["", "when=past", "month=2026-11", "view=calendar&month=2026-11", "when=&when=past"]
    answers = [Client().get(f"{INDEX}?{query}").content for query in queries]
    assert len(set(answers)) == 4
    again = [Client().get(f"{INDEX}?{query}").content for query in reversed(queries)]
    assert again[::-1] == answers
    assert len(made) == 4
    Client().get(f"{INDEX}?month=2026-11&view=calendar")
    assert len(made) == 4


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("", {}),
        ("page=2&when=past", {"page": "2", "when": "past"}),
        ("when=past&when=", {}),
        ("utm_source=x&date=2026-11-26", {"date": "2026-11-26"}),
    ],
)
def test_only_what_some_page_is_cached_by_is_known(text, known):
    assert known_query(text) == known


@pytest.mark.parametrize("query", ["date=2001-01-01", "date=x"])
def test_what_is_not_found_or_makes_no_sense_is_not_cached(pages, event, made, query):
    for _ in range(2):
        assert "ETag" not in Client().get(f"{event.url}?{query}")
    assert len(made) == 2


def test_whoever_has_a_session_gets_a_page_of_their_own(pages, event, editor, made):
    client = Client()
    client.force_login(editor)
    Client().get(event.url)
    for _ in range(2):
        client.get(event.url)
    assert len(made) == 3
    Client().get(event.url)
    assert len(made) == 3


def test_a_form_with_a_token_is_never_cached(pages, event):
    RegistrationPageFactory(parent=event)
    tokens = {Client().get(FORM).context["form"]["submission_key"].value() for _ in range(2)}
    assert len(tokens) == 2
    response = Client().get(FORM)
    assert "no-store" in response["Cache-Control"]
    assert "public" not in response["Cache-Control"]


def test_a_private_page_is_never_cached(pages, event, editor, made):
    PageViewRestriction.objects.create(page=event, restriction_type="login")
    client = Client()
    client.force_login(editor)
    for _ in range(2):
        response = client.get(event.url)
        assert response.status_code == 200
        assert "public" not in response.get("Cache-Control", "")
        assert Client().get(event.url).status_code == 302
    assert len(made) == 2


def test_everyone_who_comes_after_a_change_gets_the_page_that_one_makes(
    pages, event, made, monkeypatch
):
    Client().get(event.url)
    count_up()
    made.clear()
    started, go_on, answers = threading.Event(), threading.Event(), []
    view = EventPage.view

    def slow(request, page):
        started.set()
        assert go_on.wait(20)
        return view(request, page)

    monkeypatch.setattr(EventPage, "view", slow)

    def ask():
        answers.append(Client().get(event.url).content)
        connections.close_all()

    visitors = [threading.Thread(target=ask) for _ in range(6)]
    visitors[0].start()
    assert started.wait(20)
    for visitor in visitors[1:]:
        visitor.start()
    go_on.set()
    for visitor in visitors:
        visitor.join(20)
    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert len(made) == 1


@pytest.mark.parametrize(
    ("moment", "path"),
    [
        pytest.param("2026-11-26T19:30:00+00:00", INDEX, id="a date ends"),
        pytest.param("2026-11-26T19:30:00+00:00", INDEX + "one-evening/", id="its page"),
        pytest.param("2026-11-26T16:00:00+00:00", INDEX + "one-evening/", id="form closes"),
        pytest.param("2026-11-16T18:00:00+00:00", INDEX + "one-evening/", id="form opens"),
        pytest.param("2026-11-03T00:00:00+00:00", INDEX + "?view=calendar", id="a day begins"),
    ],
)
def test_the_clock_turns_a_page_over_in_its_minute(clock, pages, event, moment, path, settings):
    settings.PREVENT = {**settings.PREVENT, "PAGE_CACHE_SECONDS": 10**9}
    RegistrationPageFactory(parent=event, opens_days_before=10)
    turn = datetime.fromisoformat(moment)
    clock.move_to(turn - timedelta(seconds=20))
    before = Client().get(path)
    assert "s-maxage=10," in before["Cache-Control"]
    clock.move_to(turn - timedelta(seconds=1))
    assert Client().get(path).content == before.content
    clock.move_to(turn)
    assert Client().get(path).content != before.content


def test_a_page_is_made_again_at_the_latest_when_its_time_is_over(clock, pages, event, made):
    Client().get(event.url)
    clock.move_to(NOW + timedelta(seconds=299))
    Client().get(event.url)
    assert len(made) == 1
    clock.move_to(NOW + timedelta(seconds=301))
    Client().get(event.url)
    assert len(made) == 2


def test_a_process_sees_what_another_one_changed(event_index, event, settings):
    settings.CACHES = {"default": {**LOCAL, "LOCATION": "one process"}}
    before = Client().get(INDEX).content
    settings.CACHES = {"default": {**LOCAL, "LOCATION": "another process"}}
    EventPageFactory(parent=event_index, title="Second evening")
    settings.CACHES = {"default": {**LOCAL, "LOCATION": "one process"}}
    after = Client().get(INDEX).content
    assert after != before
    assert b"Second evening" in after
    for name in ("one process", "another process"):
        settings.CACHES = {"default": {**LOCAL, "LOCATION": name}}
        caches["default"].clear()


def version_of(pages):
    return cached_with_version(pages, "page")[1]


def test_a_change_that_is_undone_raises_no_version(pages, event):
    before = version_of(pages)
    with transaction.atomic():
        event.title = "Never"
        event.save()
        transaction.set_rollback(True)
    assert version_of(pages) == before
    count_up()
    assert version_of(pages) != before


def test_a_shared_cache_that_has_lost_everything_starts_with_a_version_of_its_own(shared_pages):
    before = version_of(shared_pages)
    assert version_of(shared_pages) == before
    shared_pages.clear()
    assert version_of(shared_pages) != before


def test_a_cache_in_the_memory_of_one_process_is_not_shared(pages, settings, tmp_path):
    assert not is_shared(pages)
    settings.CACHES = {"default": {**SHARED, "LOCATION": tmp_path}}
    assert is_shared(caches["default"])


def test_nothing_is_cached_where_it_is_switched_off(event, made, settings):
    settings.PREVENT = {**settings.PREVENT, "PAGE_CACHE_SECONDS": 0}
    for _ in range(2):
        assert "ETag" not in Client().get(event.url)
    assert len(made) == 2


def test_the_same_number_after_a_backup_was_restored_is_another_version(pages, clock):
    count_up()
    before = PublicVersion.objects.values().get()
    count_up()
    seen = version_of(pages)
    PublicVersion.objects.update(**before)
    clock.shift(timedelta(minutes=1))
    count_up()
    assert version_of(pages)[0] == seen[0]
    assert version_of(pages) != seen
