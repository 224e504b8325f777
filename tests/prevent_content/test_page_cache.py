"""What is cached, for whom, under which addresses and for how long."""

import gzip
import re
import threading
from datetime import datetime, timedelta

import pytest
from django.core.cache import caches
from django.db import connections, transaction
from django.test import Client
from wagtail.models import PageViewRestriction, Site

from events.models import EventIndexPage, EventPage
from events.registrations import places
from events.registrations.form_responses import NO_LONGER_STORED
from events.registrations.guarded_forms import TokenError, read_token
from home.models import SiteSettings
from prevent_content import page_cache
from prevent_content.models import PreventSettings
from prevent_content.page_cache import PREFIX, known_query
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
    """Cache pages in local memory."""
    yield from empty(settings, {**LOCAL, "LOCATION": request.node.name})


@pytest.fixture
def shared_pages(settings, tmp_path):
    """Cache pages, and the mark of their version, in a cache shared by all processes."""
    yield from empty(settings, {**SHARED, "LOCATION": tmp_path})


def empty(settings, backend):
    settings.CACHES = {"default": backend}
    for model in (SiteSettings, PreventSettings):
        # The first visit ever creates them, which changes something.
        model.for_site(Site.objects.get())
    yield caches["default"]
    caches["default"].clear()


@pytest.fixture
def made(monkeypatch):
    """Return the queries of event pages and indexes that were rendered rather than cached."""
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
    # Each request has its own identifier.
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


def test_a_cached_page_is_marked_as_shared(pages, event):
    for _ in range(2):
        response = Client().get(event.url)
        assert response["Cache-Control"] == (
            "public, max-age=0, s-maxage=15, stale-while-revalidate=15"
        )
        assert response["ETag"].startswith('"')
        assert response["Vary"] == "Accept-Encoding"
        assert not response.cookies
        assert b"csrf" not in response.content


def test_a_current_copy_gets_304_without_a_body(pages, event):
    etag = Client().get(event.url)["ETag"]
    again = Client().get(event.url, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_is_compressed_for_browsers_that_support_it(pages, event):
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


def test_unknown_parameters_make_no_copies(pages, event, made):
    for query in ("utm_source=a", "fbclid=b", "date=", "x=1&y=2", "a=%ff", ""):
        assert Client().get(f"{event.url}?{query}").status_code == 200
    assert len(made) == 1


def test_other_pages_parameters_are_not_part_of_the_key(pages, event, home):
    page = StandardPageFactory(parent=home)
    for number in range(20):
        assert "ETag" not in Client().get(f"{page.url}?page={number}")


def test_each_listing_is_cached_separately(pages, event, made):
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
def test_only_parameters_that_some_page_uses_count(text, known):
    assert known_query(text) == known


@pytest.mark.parametrize("query", ["date=2001-01-01", "date=x"])
def test_not_found_and_invalid_addresses_are_not_cached(pages, event, made, query):
    for _ in range(2):
        assert "ETag" not in Client().get(f"{event.url}?{query}")
    assert len(made) == 2


def test_a_visitor_with_a_session_gets_an_uncached_page(pages, event, editor, made):
    client = Client()
    client.force_login(editor)
    Client().get(event.url)
    for _ in range(2):
        client.get(event.url)
    assert len(made) == 3
    Client().get(event.url)
    assert len(made) == 3


def cached(pages):
    """Return how many answers are cached."""
    return sum(PREFIX in key and not key.endswith("turn") for key in pages._cache)


def token_in(response):
    return re.search(rb'name="submission_key" value="([^"]+)"', response.content)[1].decode()


def test_a_form_is_cached_except_for_each_visitors_token(
    clock, pages, event, django_assert_max_num_queries
):
    page = RegistrationPageFactory(parent=event, capacity=1)
    first = Client().get(FORM)
    # One each, to read the version.
    with django_assert_max_num_queries(5):
        others = [
            Client().get(FORM),
            Client().get(f"{FORM}?utm_source=post"),
            Client().get(FORM, headers={"if-none-match": "*", "range": "bytes=0-99"}),
            Client().get(FORM, SERVER_PROTOCOL="HTTP/1.0", headers={"accept-encoding": "gzip"}),
        ]
        assert Client().head(FORM).status_code == 200
    answers = [first, *others]
    tokens = [token_in(answer) for answer in answers]
    assert len({*tokens}) == len(tokens)
    for token, answer in zip(tokens, answers, strict=True):
        read_token(token, page.pk, at=NOW + timedelta(minutes=1))
        assert answer.status_code == 200
        assert int(answer["Content-Length"]) == len(answer.content)
        assert "no-store" in answer["Cache-Control"]
        assert not {"ETag", "Last-Modified"} & {*answer.headers}
        assert answer.content.replace(token.encode(), b"") == first.content.replace(
            tokens[0].encode(), b""
        )
    # A token is issued when its form is sent, not when the form was rendered.
    clock.shift(timedelta(seconds=200))
    read_token(token_in(Client().get(FORM)), page.pk, at=NOW + timedelta(seconds=210))
    with pytest.raises(TokenError):
        read_token(token_in(Client().get(FORM)), page.pk, at=NOW + timedelta(seconds=199))


def test_a_cached_form_never_replaces_a_persons_answers(pages, event):
    RegistrationPageFactory(parent=event)
    Client().get(FORM)
    for query in ("answers=gone", "check=gone", "%61nswers=gone"):
        for _ in range(2):
            answer = Client().get(f"{FORM}?{query}").content.decode()
            assert str(NO_LONGER_STORED) in answer
    for query in ("date=2031-01-01", "date=x"):
        tokens = {token_in(Client().get(f"{FORM}?{query}")) for _ in range(2)}
        assert len(tokens) == 2
    assert cached(pages) == 1


def test_a_cached_form_has_the_current_places(pages, event):
    page = RegistrationPageFactory(parent=event, capacity=1)
    row = event.occurrences.get()
    assert b"Few places left" in Client().get(FORM).content
    places.ensure_count(row, page)
    assert places.take(row.pk, 1)
    assert b"waiting list" in Client().get(FORM).content
    form = f"/api/registration-forms/{page.pk}/"
    assert Client().get(form).json()["dates"][0]["places"] == "waiting_list"
    with transaction.atomic():
        places.release(row.pk, 1, at=NOW)
    assert Client().get(form).json()["dates"][0]["places"] == "few"
    assert b"waiting list" not in Client().get(FORM).content


PUBLIC = (
    "/api/events/",
    "/api/occurrences/?limit=1",
    "/api/site/",
    "/api/openapi.json",
    "/api/v2/pages/?limit=1",
    "/calendar/events.ics",
    "/calendar/events.atom",
)


def test_apis_calendars_and_feeds_are_cached_for_everyone(
    pages, event, django_assert_max_num_queries
):
    RegistrationPageFactory(parent=event)
    addresses = [*PUBLIC, f"/calendar/events/{event.pk}.ics", f"/api/events/{event.pk}/"]
    first = {address: Client().get(address) for address in addresses}
    for address, answer in first.items():
        content = answer.getvalue()
        with django_assert_max_num_queries(1):
            again = Client().get(address)
        assert (again.status_code, again.content) == (200, content), address
        assert again["Cache-Control"].startswith("public, max-age="), address
        assert "no-cache" not in again["Cache-Control"]
        with django_assert_max_num_queries(5):
            known = Client().get(address, headers={"if-none-match": again["ETag"]})
            assert (known.status_code, known.content) == (304, b""), address
            if "Last-Modified" in again:
                since = {"if-modified-since": again["Last-Modified"]}
                assert Client().get(address, headers=since).status_code == 304
                to_come = {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}
                assert Client().get(address, headers=to_come).status_code == 200
            part = Client().get(address, headers={"range": "bytes=0-9"})
            assert (part.status_code, part.content) == (200, content)
            small = Client().get(address, headers={"accept-encoding": "gzip"})
        assert gzip.decompress(small.content) == content
        assert small["ETag"] != again["ETag"]
        head = Client().head(address)
        assert (head.content, head["ETag"]) == (b"", again["ETag"])


@pytest.mark.parametrize("address", PUBLIC)
def test_refused_requests_are_not_cached(pages, event, address):
    Client().get(address)
    before = cached(pages)
    joint = "&" if "?" in address else "?"
    for query in ("nothing=1", "utm_source=x", "limit=&limit=x"):
        for _ in range(2):
            assert Client().get(f"{address}{joint}{query}").status_code == 400
    assert cached(pages) == before


def test_the_cache_key_has_everything_an_answer_depends_on(pages, event, settings):
    settings.PREVENT = {**settings.PREVENT, "API_ORIGINS": ["https://front.example"]}
    address = "/api/occurrences/"
    assert "Access-Control-Allow-Origin" not in Client().get(address)
    allowed = Client().get(address, headers={"origin": "https://front.example"})
    assert allowed["Access-Control-Allow-Origin"] == "https://front.example"
    for headers in ({}, {"origin": "https://other.example"}):
        assert "Access-Control-Allow-Origin" not in Client().get(address, headers=headers)
    assert Client().get(address, headers={"accept": "text/html"}).status_code == 406
    assert len(Client().get(f"{address}?limit=1&status=cancelled").json()["items"]) == 0
    assert len(Client().get(address).json()["items"]) == 1
    settings.ALLOWED_HOSTS = ["*"]
    before = cached(pages)
    for host, port in [("one.example", 80), ("one.example", 8080), ("two.example", 80)]:
        assert Client().get(address, SERVER_NAME=host, SERVER_PORT=port).status_code == 200
    assert cached(pages) == before + 3


def test_each_api_visitor_gets_their_own_token_and_time(clock, pages, event):
    page = RegistrationPageFactory(parent=event)
    address = f"/api/registration-forms/{page.pk}/"
    answers = [Client().get(address) for _ in range(3)]
    forms = [answer.json() for answer in answers]
    assert len({form.pop("token") for form in forms}) == 3
    assert len({form["earliest_at"] for form in forms}) == 1
    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}
    clock.shift(timedelta(seconds=60))
    later = Client().get(address).json()
    assert later.pop("earliest_at") != forms[0].pop("earliest_at")
    assert later.pop("token")
    assert later == forms[0]


def test_a_calendar_too_long_to_cache_is_streamed(pages, event, monkeypatch):
    short = Client().get("/calendar/events.ics").getvalue()
    pages.clear()
    monkeypatch.setattr(page_cache, "LARGEST_ANSWER", 100)
    for _ in range(2):
        response = Client().get("/calendar/events.ics")
        assert response.streaming
        assert response.getvalue() == short
    known = Client().get("/calendar/events.ics", headers={"if-none-match": response["ETag"]})
    assert known.status_code == 304


def test_nothing_about_a_person_is_cached(pages, event):
    RegistrationPageFactory(parent=event)
    for address in (
        "/registration/lost-link/",
        "/registration/made-up-token/",
        "/api/registrations/mine/",
        "/api/search/?query=evening",
        "/api/v2/pages/preview/?token=x",
    ):
        before = cached(pages)
        Client().get(address, headers={"authorization": ""})
        assert cached(pages) == before, address


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


def test_everyone_after_a_change_gets_the_newly_made_page(pages, event, made, monkeypatch):
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
def test_the_page_changes_in_the_minute_the_clock_requires(
    clock, pages, event, moment, path, settings
):
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


def test_a_page_is_made_again_when_its_time_is_over(clock, pages, event, made):
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


def test_an_undone_change_raises_no_version(pages, event):
    before = version_of(pages)
    with transaction.atomic():
        event.title = "Never"
        event.save()
        transaction.set_rollback(True)
    assert version_of(pages) == before
    count_up()
    assert version_of(pages) != before


def test_a_shared_cache_that_lost_everything_starts_with_a_new_version(shared_pages):
    before = version_of(shared_pages)
    assert version_of(shared_pages) == before
    shared_pages.clear()
    assert version_of(shared_pages) != before


def test_a_cache_in_one_processs_memory_is_not_shared(pages, settings, tmp_path):
    assert not is_shared(pages)
    settings.CACHES = {"default": {**SHARED, "LOCATION": tmp_path}}
    assert is_shared(caches["default"])


def test_nothing_is_cached_where_it_is_switched_off(event, made, settings):
    settings.PREVENT = {**settings.PREVENT, "PAGE_CACHE_SECONDS": 0}
    for _ in range(2):
        assert "ETag" not in Client().get(event.url)
    assert len(made) == 2


def test_the_same_number_after_a_restore_is_another_version(pages, clock):
    count_up()
    before = PublicVersion.objects.values().get()
    count_up()
    seen = version_of(pages)
    PublicVersion.objects.update(**before)
    clock.shift(timedelta(minutes=1))
    count_up()
    assert version_of(pages)[0] == seen[0]
    assert version_of(pages) != seen
