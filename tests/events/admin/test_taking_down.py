"""Before bookings end, the CMS says how many are affected, asks why, and whether to email."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from events import actions
from events.models import EventPage, Occurrence, OccurrenceChange
from events.registrations.models import OutboundEmail
from tests.factories import RegistrationFactory

Status = Occurrence.Status
REASON = "The hall is closed for repairs"


@pytest.fixture
def booked(series, registration_page):
    """The first coming date of the series, with two people on it."""
    row = series.occurrences.order_by("date").first()
    for _ in range(2):
        RegistrationFactory(page=registration_page, occurrence=row)
    return row


@pytest.fixture
def desk(client, admin):
    # Moderators may not delete an event that has its form below it.
    client.force_login(admin)
    return client


def address(way, page):
    if way in ("unpublish", "delete"):
        return reverse(f"wagtailadmin_pages:{way}", args=[page.pk])
    query = f"?id={page.pk}&childOf={page.get_parent().pk}"
    return reverse("wagtail_bulk_action", args=["wagtailcore", "page", way[5:]]) + query


WAYS = ["unpublish", "delete", "bulk_unpublish", "bulk_delete"]


def send(desk, way, page, **answers):
    return desk.post(address(way, page), {"next": "/cms/", **answers})


def is_gone(page):
    return not EventPage.objects.live().filter(pk=page.pk).exists()


def confirmed(row, **changed):
    return {
        "what_will_happen": "confirmed",
        "seen": str(row.uuid),
        "reason": REASON,
        "tell": "yes",
        **changed,
    }


@pytest.mark.parametrize("way", WAYS)
def test_the_first_click_ends_nothing_and_says_who_is_affected(desk, series, booked, way):
    asked = send(desk, way, series)
    assert asked.status_code == 200
    page = asked.content.decode()
    assert "What will happen" in page
    assert "2 people are registered for 1 upcoming date." in page
    assert "These dates will be cancelled." in page
    assert not is_gone(series)
    booked.refresh_from_db()
    assert booked.status == Status.SCHEDULED
    assert not OutboundEmail.objects.exists()


@pytest.mark.parametrize("way", WAYS)
def test_once_confirmed_the_date_is_cancelled_for_that_reason_and_everyone_is_emailed(
    desk, series, booked, way
):
    assert send(desk, way, series, **confirmed(booked)).status_code == 302
    assert is_gone(series)
    booked.refresh_from_db()
    assert (booked.status, booked.reason) == (Status.CANCELLED, REASON)
    kinds = OutboundEmail.objects.values_list("kind", flat=True)
    assert list(kinds).count(OutboundEmail.Kind.DATE_CANCELLED) == 2


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_emailed_if_that_was_chosen(desk, series, booked, way):
    assert send(desk, way, series, **confirmed(booked, tell="no")).status_code == 302
    booked.refresh_from_db()
    assert booked.status == Status.CANCELLED
    assert not OutboundEmail.objects.filter(kind=OutboundEmail.Kind.DATE_CANCELLED).exists()


@pytest.mark.parametrize("reason", ["", "See https://evil.example", "Write to a@b.example"])
def test_a_reason_is_required_and_accepts_no_link(desk, series, booked, reason):
    refused = send(desk, "unpublish", series, **confirmed(booked, reason=reason))
    assert refused.status_code == 422
    assert not is_gone(series)


def test_a_date_booked_meanwhile_is_shown_before_it_ends(desk, series, booked):
    other = series.occurrences.order_by("date").last()
    RegistrationFactory(occurrence=other)
    again = send(desk, "unpublish", series, **confirmed(booked))
    assert again.status_code == 422
    assert "3 people are registered for 2 upcoming dates." in again.content.decode()
    assert not is_gone(series)


def test_an_event_without_bookings_is_unpublished_at_once(desk, series):
    assert send(desk, "unpublish", series).status_code == 302
    assert is_gone(series)


def test_the_parent_page_says_so_too_if_its_children_are_included(desk, series, booked):
    index = series.get_parent()
    asked = send(desk, "unpublish", index, include_descendants="on")
    assert "2 people are registered" in asked.content.decode()
    assert not is_gone(series)


def test_moving_an_event_says_who_is_affected_and_ends_nothing(desk, series, booked):
    index = series.get_parent()
    url = reverse("wagtailadmin_pages:move_confirm", args=[series.pk, index.pk])
    asked = desk.post(url)
    assert "2 people are registered for 1 upcoming date." in asked.content.decode()
    assert desk.post(url, {"what_will_happen": "confirmed"}).status_code == 302
    booked.refresh_from_db()
    assert booked.status == Status.SCHEDULED


def test_publishing_again_offers_the_dates_that_went_with_the_page(desk, series, booked):
    send(desk, "unpublish", series, **confirmed(booked))
    page = EventPage.objects.get(pk=series.pk)
    page.save_revision().publish()
    url = reverse("prevent_event_dates:reinstate", args=[page.pk])
    assert booked.when in desk.get(url).content.decode()
    sent = desk.post(url, {"dates": [str(booked.uuid)], "reason": "It is open", "tell": "yes"})
    assert sent.status_code == 302
    booked.refresh_from_db()
    assert booked.status == Status.SCHEDULED
    reinstated = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.DATE_REINSTATED)
    assert reinstated.count() == 2


def test_a_date_cancelled_by_itself_is_not_offered(desk, series, booked):
    actions.cancel_occurrence(booked, reason="No speaker", by=None)
    url = reverse("prevent_event_dates:reinstate", args=[series.pk])
    assert "There are no dates to reinstate." in desk.get(url).content.decode()
    assert not OccurrenceChange.objects.filter(with_page=True).exists()


def test_an_event_and_its_form_have_no_alias(desk, series, registration_page):
    for page in (series, registration_page):
        with pytest.raises(PermissionDenied):
            page.create_alias(update_slug="mirror")
    url = reverse("wagtailadmin_pages:copy", args=[series.get_parent().pk])
    answers = {"new_title": "Mirror", "new_slug": "mirror", "alias": "on", "copy_subpages": "on"}
    answers["new_parent_page"] = str(series.get_parent().get_parent().pk)
    assert desk.post(url, answers).status_code == 302
    assert EventPage.objects.count() == 1


def test_copying_from_the_page_menu_begins_as_a_new_event_does(desk, series):
    answer = desk.get(reverse("wagtailadmin_pages:copy", args=[series.pk]))
    assert answer.url == reverse("prevent_new_event:copy", args=[series.pk])
