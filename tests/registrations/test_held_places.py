"""Places that are held until an email address is confirmed."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events.registrations import actions, held_places, jobs, places, submissions
from events.registrations.emails.kinds import compose
from events.registrations.guarded_forms import issue_token
from events.registrations.models import OutboundEmail, PlaceCount, RateCount, Registration
from tests.conftest import NOW
from tests.factories import publish

IN_TIME, TOO_LATE = NOW + timedelta(minutes=59), NOW + timedelta(minutes=60)


@pytest.fixture
def offer(registration_page):
    """Return a function that publishes the form with so many places, and other fields."""

    def publish_with(capacity, **fields):
        for name, value in {"capacity": capacity, **fields}.items():
            setattr(registration_page, name, value)
        return publish(registration_page)

    return publish_with


@pytest.fixture
def book(client, registration_page, answers):
    """Return a function that books each name from one address, as a browser does."""

    def send(*names, status=302, address="203.0.113.7", **changed):
        for name in names:
            key = issue_token(registration_page.pk, at=timezone.now(), trusted=True)
            mailbox = f"{name.lower()}@visitor.example"
            sent = answers(name=name, email=mailbox, submission_key=key, **changed)
            response = client.post(registration_page.url, sent, REMOTE_ADDR=address)
            assert response.status_code == status
        return response

    return send


def statuses():
    return dict(Registration.objects.order_by("pk").values_list("name", "status"))


def told():
    return list(OutboundEmail.objects.order_by("pk").values_list("kind", flat=True))


def of(name):
    return Registration.objects.select_related("page", "occurrence").get(name=name)


def address(registration, act="confirm"):
    return reverse(f"prevent_registrations:{act}", args=[registration.link_token()])


def text(response):
    return " ".join(re.sub("<[^>]+>", " ", response.content.decode()).split())


def at_once(settings, places_at_once):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_PLACES_AT_ONCE": places_at_once}


def test_twelve_forms_from_one_network_no_longer_fill_a_date(settings, offer, book):
    offer(40, max_guests=4)
    at_once(settings, 6)
    book("Ada", "Bo", guests="1")
    book("Cy", "Di", address="203.0.113.200")
    assert set(statuses().values()) == {"confirmed"}
    for number in range(8):
        book(f"P{number}", guests="4", address=f"203.0.113.{number}")
    assert set(list(statuses().values())[4:]) == {"held", "unconfirmed"}
    # A neighbour in another network is booked at once, and so is this one on the next date.
    lapsed = jobs.lapse_held_places(at=TOO_LATE)
    assert lapsed == "6 bookings not confirmed in time"
    assert PlaceCount.objects.get().taken == 6
    book("Neighbour", address="198.51.100.1")
    assert statuses()["Neighbour"] == "confirmed"
    other = str(of("Ada").page.event.occurrences.order_by("date")[1].uuid)
    book("Elsewhere", occurrence=other)
    assert statuses()["Elsewhere"] == "confirmed"
    # Only a hash of the network is stored, and it is deleted the next day.
    kept = RateCount.objects.filter(window__gt=NOW.timestamp() // 600)
    assert kept.exists()
    assert "203" not in str(list(kept.values_list("source")))
    jobs.delete_old_rate_counts(at=NOW + timedelta(days=1))
    assert list(RateCount.objects.values()) == []


def test_a_place_is_held_until_the_button_is_pressed_and_every_page_says_so(
    client, clock, offer, book
):
    page = offer(1, confirm_email=True)
    received = client.get(book("Ada")["Location"])
    words = "We are holding your place until 1pm on 2 November 2026."
    assert f"{words} Use the link in our email to keep it." in text(received)
    assert "Your place is confirmed" not in text(received)
    assert told() == ["held"]
    assert str(PlaceCount.objects.get()) == "1 taken, of 1"
    registration = of("Ada")
    message = compose(registration.emails.get(), at=NOW)
    link = f"http://testserver{address(registration)}"
    assert link in message.body
    assert words in " ".join(message.body.split())
    assert not message.attachments
    own = client.get(address(registration, "own"))
    assert words in text(own)
    assert "Keep your place" in text(own)
    assert "Change your guests" not in text(own)
    # Mail scanners follow links, and must confirm nothing.
    shown = client.get(link)
    assert words in text(shown)
    assert "Keep my place" in text(shown)
    client.head(link)
    assert statuses() == {"Ada": "held"}
    clock.move_to(IN_TIME)
    foreign = client.post(link, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    done = client.post(link, follow=True)
    assert "Your place is confirmed." in text(done)
    assert told() == ["held", "organiser_received", "booked"]
    assert statuses() == {"Ada": "confirmed"}
    assert client.post(link).status_code == 302
    assert told() == ["held", "organiser_received", "booked"]
    clock.move_to(TOO_LATE)
    assert jobs.lapse_held_places(at=TOO_LATE) == "0 bookings not confirmed in time"
    assert page.event.title in message.body


def test_lapsed_places_go_to_the_waiting_list_before_new_bookings(
    client, clock, settings, offer, book
):
    offer(2)
    at_once(settings, 0)
    book("Ada", "Bo")
    at_once(settings, 100)
    book("Cy", "Di")
    assert statuses() == {"Ada": "held", "Bo": "held", "Cy": "waiting", "Di": "waiting"}
    clock.move_to(TOO_LATE)
    # No job has run: the next form finds the lapsed places, and people waiting go first.
    book("Eve")
    assert statuses() == {
        **{"Ada": "unconfirmed", "Bo": "unconfirmed"},
        **{"Cy": "confirmed", "Di": "confirmed", "Eve": "waiting"},
    }
    assert places.find_drift() == []
    clock.move_to(TOO_LATE + timedelta(minutes=1))
    # Someone who confirms late joins the list behind them, and reads so.
    late = address(of("Ada"))
    shown = text(client.get(late))
    assert "We could only hold your place until 1pm on 2 November 2026." in shown
    assert "If there is none, you’ll join the waiting list." in shown
    done = client.post(late, follow=True)
    assert "You are on the waiting list." in text(done)
    assert [row.name for row in Registration.objects.queue()] == ["Eve", "Ada"]
    # If a place is left, they get it.
    actions.withdraw(of("Cy"), at=TOO_LATE)
    actions.withdraw(of("Eve"), at=TOO_LATE)
    actions.withdraw(of("Ada"), at=TOO_LATE)
    done = client.post(address(of("Bo")), follow=True)
    assert "Your place is confirmed." in text(done)
    assert places.find_drift() == []


def test_an_unnoticed_lapse_goes_to_the_waiting_list_even_when_its_owner_confirms(
    client, clock, settings, offer, book
):
    offer(1)
    at_once(settings, 0)
    book("Ada")
    at_once(settings, 100)
    book("Bo")
    clock.move_to(TOO_LATE)
    client.post(address(of("Ada")))
    assert statuses() == {"Ada": "waiting", "Bo": "confirmed"}


def test_a_full_date_without_a_waiting_list_says_so_and_can_be_tried_again(
    client, clock, offer, book
):
    offer(1, confirm_email=True, waiting_list=False)
    book("Ada")
    book("Bo", status=422)
    clock.move_to(TOO_LATE)
    book("Cy")
    full = client.post(address(of("Ada")))
    assert full.status_code == 409
    assert "This date is full" in text(full)
    assert statuses() == {"Ada": "unconfirmed", "Cy": "held"}
    # The person can still cancel, and no organiser was emailed.
    client.post(address(of("Ada"), "withdraw"))
    client.post(address(of("Cy"), "withdraw"))
    assert set(statuses().values()) == {"withdrawn"}
    assert PlaceCount.objects.get().taken == 0
    assert told() == ["held", "held", "withdrawn", "withdrawn"]


def test_a_request_needs_its_email_address_confirmed_too_but_people_added_by_staff_do_not(
    client, offer, book, valid_form, lead
):
    page = offer(None, confirm_email=True, approval=True)
    book("Ada")
    assert statuses() == {"Ada": "unconfirmed"}
    assert "once you have confirmed your email address" in text(client.get(address(of("Ada"))))
    done = client.post(address(of("Ada")), follow=True)
    assert "We have received your request." in text(done)
    assert told() == ["held", "organiser_received", "received"]
    submission = valid_form(page, name="Bo", email="bo@visitor.example").submission()
    by_staff = {name: getattr(submission, name) for name in submission.__slots__}
    submissions.register(submissions.Submission(**by_staff | {"added_by": lead}), at=NOW)
    assert statuses()["Bo"] == "received"


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_nothing_is_confirmed_for_a_date_that_does_not_go_ahead_or_has_begun(
    client, clock, offer, book, status
):
    page = offer(2, confirm_email=True)
    book("Ada")
    rows = page.event.occurrences.filter(pk=of("Ada").occurrence_id)
    rows.update(status=status)
    for method in (client.get, client.post):
        assert method(address(of("Ada"))).status_code == 409
    rows.update(status="scheduled")
    clock.move_to(of("Ada").occurrence.starts_at)
    assert client.post(address(of("Ada"))).status_code == 409
    assert "It is too late to confirm" in text(client.get(address(of("Ada"), "own")))
    assert statuses() == {"Ada": "held"}


def test_a_place_is_not_held_beyond_the_start(clock, offer, book):
    page = offer(2, confirm_email=True, closes_hours_before=0)
    starts = page.event.occurrences.order_by("date").first().starts_at
    clock.move_to(starts - timedelta(minutes=10))
    book("Ada")
    assert of("Ada").held_until == starts


def test_staff_see_held_places_and_can_confirm_them(client, offer, book, admin):
    offer(2, confirm_email=True)
    book("Ada")
    registration = of("Ada")
    for status in ("held", "unconfirmed"):
        before = {"seen": "held", "status": status, "note": "Rang"}
        client.force_login(admin)
        url = reverse(
            "prevent_registrations_registration_modeladmin_decide", args=[registration.pk]
        )
        assert client.post(url, before).status_code in (302, 409)
        assert statuses() == {"Ada": "held"}
    seen = text(client.get(url.replace("decide", "inspect")))
    assert "Place held Until Monday 2 November 2026, 13:00" in seen
    actions.change_status(registration, "confirmed", by=admin, note="By phone", at=NOW)
    assert statuses() == {"Ada": "confirmed"}
    assert PlaceCount.objects.get().taken == 1
    held_places.lapse(registration.occurrence_id, at=TOO_LATE)
    assert statuses() == {"Ada": "confirmed"}


def test_control_without_the_lapse_the_waiting_list_is_skipped(
    monkeypatch, clock, settings, offer, book
):
    monkeypatch.setattr(held_places, "lapse", lambda occurrence_pk, at: 0)
    offer(1)
    at_once(settings, 0)
    book("Ada")
    at_once(settings, 100)
    book("Bo")
    clock.move_to(TOO_LATE)
    book("Cy")
    assert statuses() == {"Ada": "held", "Bo": "waiting", "Cy": "waiting"}
