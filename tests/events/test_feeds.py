import tracemalloc
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import icalendar
import pytest
from defusedxml import ElementTree
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from ical.calendar_stream import IcsCalendarStream
from wagtail.models import PageViewRestriction, Site

from events import actions
from events.models import Occurrence
from events.recurrence_values import recurrence_for
from prevent_content.public_version import PublicVersion, count_up
from tests.conftest import NOW
from tests.factories import (
    EventIndexPageFactory,
    EventPageFactory,
    HomePageFactory,
    OccurrenceFactory,
    publish,
)

pytestmark = pytest.mark.usefixtures("version_at_once")

ALL = "/calendar/events.ics"
ATOM = "/calendar/events.atom"
IN_ATOM = "{http://www.w3.org/2005/Atom}"


def of_event(event):
    return f"/calendar/events/{event.pk}.ics"


def of_date(row):
    return f"/calendar/occurrences/{row.uuid}.ics"


def path_of(page):
    return page.get_url_parts()[2]


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def entries(client, address, **options):
    """Return the events of a calendar file by their UID."""
    response = client.get(address, **options)
    if response.status_code == 404:
        return {}
    calendar = icalendar.Calendar.from_ical(body(response))
    return {str(found["UID"]): found for found in calendar.walk("VEVENT")}


def uids(event):
    return {str(uuid) for uuid in event.occurrences.values_list("uuid", flat=True)}


@pytest.fixture
def addresses(series):
    count_up()
    return [ALL, of_event(series), of_date(series.occurrences.first())]


def test_the_files_hold_all_dates_one_events_dates_and_one_date(client, event, series):
    assert set(entries(client, ALL)) == uids(event) | uids(series)
    assert set(entries(client, of_event(series))) == uids(series)
    row = series.occurrences.first()
    assert set(entries(client, of_date(row))) == {str(row.uuid)}


def test_a_past_date_is_in_the_files(client, event_index):
    past = EventPageFactory(parent=event_index, date=date(2022, 5, 26))
    (found,) = entries(client, ALL).values()
    assert found["DTSTART"].dt.astimezone(UTC) == datetime(2022, 5, 26, 17, tzinfo=UTC)
    assert set(entries(client, of_event(past))) == uids(past)


@pytest.mark.parametrize("which", range(3))
def test_a_file_says_what_it_is_and_reveals_nothing_private(client, series, addresses, which):
    response = client.get(addresses[which])
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["Content-Disposition"].endswith('.ics"')
    assert "prevent" not in response["Content-Disposition"].lower()
    assert response["Cache-Control"].startswith("public")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert response.streaming
    written = body(response)
    assert written.startswith(b"BEGIN:VCALENDAR\r\n")
    assert written.endswith(b"END:VCALENDAR\r\n")
    assert IcsCalendarStream.calendar_from_ics(written.decode()).events


@pytest.mark.parametrize("which", range(3))
def test_a_current_copy_gets_304_without_an_entry_being_read(client, addresses, which):
    first = client.get(addresses[which])
    written = body(first)
    with CaptureQueriesContext(connection) as queries:
        again = client.get(addresses[which], headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"]
    assert not [query for query in queries if '"vevent"' in query["sql"].split("FROM")[0]]
    assert len(queries) <= 4
    later = client.get(addresses[which], headers={"if-modified-since": first["Last-Modified"]})
    assert later.status_code == 304
    assert body(client.get(addresses[which])) == written


@pytest.mark.parametrize("which", range(3))
def test_head_has_the_headers_and_no_body(client, addresses, which):
    head, get = client.head(addresses[which]), client.get(addresses[which])
    assert head.status_code == 200
    assert body(head) == b""
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Disposition"):
        assert head[name] == get[name]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_refused(client, addresses, method):
    for address in [*addresses, ATOM]:
        response = getattr(client, method)(address)
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/calendar/events/1.ics",
        "/calendar/events/999999.ics",
        "/calendar/events/-1.ics",
        "/calendar/events/x.ics",
        "/calendar/events/99999999999999999999.ics",
        "/calendar/occurrences/7b0c2f3e-3f0e-4c39-9a57-0f6a2c1d5e11.ics",
        "/calendar/occurrences/7b0c2f3e-3f0e-4c39-9a57-0f6a2c1d5e11/",
        "/calendar/occurrences/x.ics",
        "/calendar/",
    ],
)
def test_missing_objects_are_not_found(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_a_site_without_events_has_an_empty_calendar(client):
    assert entries(client, ALL) == {}
    assert client.get(ALL).status_code == 200
    assert client.get(ATOM).status_code == 200


def changed(client, addresses, act):
    """Return for each address whether its ETag differs after ``act``."""
    before = [client.get(address).get("ETag") for address in addresses]
    act()
    return [
        client.get(address).get("ETag") != tag
        for address, tag in zip(addresses, before, strict=True)
    ]


def test_cancelling_reinstating_and_cancelling_again_keeps_the_uid(client, clock, series):
    row = series.occurrences.get(date=date(2027, 2, 25))
    seen = []
    for act in (actions.cancel_occurrence, actions.reinstate_occurrence, actions.cancel_occurrence):
        clock.shift(60)
        tags = changed(client, [ALL, of_event(series), of_date(row)], lambda: None)
        assert tags == [False] * 3
        assert all(
            changed(
                client,
                [ALL, of_event(series), of_date(row)],
                lambda act=act: act(row, reason="Snow", by=None),
            )
        )
        found = {
            str(entries(client, address)[str(row.uuid)]["STATUS"])
            for address in (ALL, of_event(series), of_date(row))
        }
        entry = entries(client, ALL)[str(row.uuid)]
        seen.append((found, entry["SEQUENCE"], str(entry["SUMMARY"])))
    assert seen == [
        ({"CANCELLED"}, 1, "Cancelled: Community roundtable"),
        ({"CONFIRMED"}, 2, "Community roundtable"),
        ({"CANCELLED"}, 3, "Cancelled: Community roundtable"),
    ]


def test_an_unpublished_page_comes_back_unchanged(client, series, event):
    before = entries(client, ALL)
    row = series.occurrences.first()
    tags = [ALL, of_event(series), of_date(row)]
    assert all(changed(client, tags, series.unpublish))
    assert set(entries(client, ALL)) == uids(event)
    assert [client.get(address).status_code for address in tags] == [200, 200, 404]
    assert all(changed(client, tags, lambda: publish(series)))
    after = entries(client, ALL)
    assert {uid: entry.to_ical() for uid, entry in after.items()} == {
        uid: entry.to_ical() for uid, entry in before.items()
    }


def test_the_feed_of_an_unpublished_page_cancels_what_is_to_come_then_is_gone(
    client, clock, series
):
    first, last = series.occurrences.earliest("date"), series.occurrences.latest("date")
    clock.move_to(first.ends_at + timedelta(hours=1))
    publish(series)
    series.unpublish()
    left = entries(client, of_event(series))
    assert set(left) == uids(series) - {str(first.uuid)}
    assert {str(entry["STATUS"]) for entry in left.values()} == {"CANCELLED"}
    clock.move_to(last.ends_at + timedelta(hours=1))
    answer = client.get(of_event(series))
    assert answer.status_code == 410
    assert "no longer on this website" in answer.content.decode()


def test_a_deleted_page_is_absent_and_its_own_feed_is_gone(client, series, event):
    address = of_event(series)
    assert changed(client, [ALL], series.delete) == [True]
    assert set(entries(client, ALL)) == uids(event)
    assert client.get(address).status_code == 410


def test_a_draft_is_absent(client, event_index):
    draft = EventPageFactory(parent=event_index, live=False)
    OccurrenceFactory(event=draft)
    assert entries(client, ALL) == {}
    assert client.get(of_event(draft)).status_code == 404
    assert client.get(of_date(draft.occurrences.get())).status_code == 404


@pytest.mark.parametrize("kind", ["login", "groups", "password"])
@pytest.mark.parametrize("above", [False, True])
def test_a_restricted_page_is_absent_even_for_people_who_may_see_it(
    client, admin, series, kind, above
):
    row = series.occurrences.first()
    page = series.get_parent() if above else series
    client.force_login(admin)

    def restrict():
        PageViewRestriction.objects.create(page=page, restriction_type=kind, password="x")

    assert changed(client, [ALL], restrict) == [True]
    assert entries(client, ALL) == {}
    for address in (of_event(series), of_date(row), f"/calendar/occurrences/{row.uuid}/"):
        assert client.get(address).status_code == 404
    assert not ElementTree.fromstring(client.get(ATOM).content).findall(f"{IN_ATOM}entry")
    assert changed(client, [ALL], PageViewRestriction.objects.get().delete) == [True]
    assert set(entries(client, ALL)) == uids(series)


def test_each_site_has_its_own_dates(client, settings, event, home):
    settings.ALLOWED_HOSTS = ["*"]
    other_home = HomePageFactory(parent=home.get_parent(), slug="other")
    Site.objects.create(hostname="other.example", port=80, root_page=other_home)
    other = EventPageFactory(parent=EventIndexPageFactory(parent=other_home, slug="evenings"))
    here, there = entries(client, ALL), entries(client, ALL, headers={"host": "other.example"})
    assert (set(here), set(there)) == (uids(event), uids(other))
    (found,) = there.values()
    assert found["URL"] == f"http://other.example/evenings/{other.slug}/?date=2026-11-26"
    assert client.get(of_event(other)).status_code == 404
    assert client.get(of_event(other), headers={"host": "other.example"}).status_code == 200


def test_the_neutral_address_of_a_date_leads_to_its_page(client, series):
    row = series.occurrences.get(date=date(2027, 2, 25))
    response = client.get(reverse("prevent_events:occurrence", args=[row.uuid]))
    assert response["Location"] == f"{path_of(series)}?date=2027-02-25"


def test_many_dates_are_streamed_with_the_memory_of_a_few(client, event):
    Occurrence.objects.all().delete()
    start = datetime(2026, 11, 26, 18, tzinfo=UTC)
    vevent = b"BEGIN:VEVENT\r\n" + b"X" * 900 + b"\r\nEND:VEVENT\r\n"
    Occurrence.objects.bulk_create(
        Occurrence(
            event=event,
            date=start.date() + timedelta(days=number),
            starts_at=start + timedelta(days=number),
            ends_at=start + timedelta(days=number, hours=1),
            changed_at=start,
            vevent=vevent,
        )
        for number in range(10_000)
    )
    stream = client.get(ALL).streaming_content
    tracemalloc.start()
    size = sum(map(len, stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 9_000_000
    assert peak < 4_000_000


def test_the_atom_feed_has_the_coming_dates_and_their_changes(client, clock, series, event):
    clock.shift(3600)
    actions.cancel_occurrence(series.occurrences.first(), reason="Snow & <ice>", by=None)
    series.title = "Talk & <tea>\x0b"
    publish(series)
    feed = ElementTree.fromstring(client.get(ATOM).content)
    found = {item.findtext(f"{IN_ATOM}id"): item for item in feed.findall(f"{IN_ATOM}entry")}
    row = series.occurrences.first()
    item = found[f"urn:uuid:{row.uuid}"]
    assert item.findtext(f"{IN_ATOM}title") == (
        "Cancelled: Talk & <tea>, Thursday 26 November 2026, 6pm to 7:30pm"
    )
    assert item.findtext(f"{IN_ATOM}summary").startswith("Snow &amp; &lt;ice&gt; Hear")
    assert item.find(f"{IN_ATOM}link").get("href") == (
        f"http://testserver{path_of(series)}?date=2026-11-26"
    )
    assert item.findtext(f"{IN_ATOM}updated").startswith("2026-11-02T13:00:00")
    assert item.findtext(f"{IN_ATOM}published").startswith("2026-11-02T12:00:00")
    assert len(found) == 9


def test_the_atom_feed_answers_304_to_a_current_copy(client, series):
    first = client.get(ATOM)
    assert first["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert client.get(ATOM, headers={"if-none-match": first["ETag"]}).status_code == 304


def test_last_modified_is_when_a_date_last_changed(client, clock, series, event):
    clock.move_to(datetime(2026, 11, 5, 9, tzinfo=UTC))
    row = series.occurrences.first()
    actions.cancel_occurrence(row, reason="Snow", by=None)
    clock.shift(3600)
    for address in (ALL, of_event(series), of_date(row)):
        found = parsedate_to_datetime(client.get(address)["Last-Modified"])
        assert found == datetime(2026, 11, 5, 9, tzinfo=UTC)
    (other,) = event.occurrences.all()
    untouched = parsedate_to_datetime(client.get(of_date(other))["Last-Modified"])
    assert untouched == datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def changed_at_noon(clock):
    """The public version of a site that last changed when the clock stopped."""
    PublicVersion.objects.update_or_create(pk=1, defaults={"number": 1, "changed_at": NOW})


@pytest.mark.usefixtures("changed_at_noon")
def test_a_removed_date_is_noticed_by_whoever_asks_by_time_alone(client, clock, series):
    first = client.get(of_event(series))
    since = {"if-modified-since": first["Last-Modified"]}
    assert client.get(of_event(series), headers=since).status_code == 304
    clock.move_to(datetime(2026, 11, 5, 9, tzinfo=UTC))
    series.recurrence = recurrence_for("", first=series.date)
    publish(series)
    assert series.occurrences.count() == 1
    for address in (ALL, of_event(series)):
        again = client.get(address, headers=since)
        assert again.status_code == 200
        assert parsedate_to_datetime(again["Last-Modified"]) == datetime(2026, 11, 5, 9, tzinfo=UTC)
    assert again["ETag"] != first["ETag"]


@pytest.mark.usefixtures("changed_at_noon")
def test_a_condition_that_lies_in_the_future_does_not_count(client, series):
    row = series.occurrences.first()
    for address in (ALL, of_event(series), of_date(row)):
        future = {"if-modified-since": "Mon, 02 Nov 2026 12:00:01 GMT"}
        assert client.get(address, headers=future).status_code == 200
        now = {"if-modified-since": "Mon, 02 Nov 2026 12:00:00 GMT"}
        assert client.get(address, headers=now).status_code == 304
