"""How the form treats people who are slow, come late, or come back."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from events.actions import cancel_occurrence, postpone_occurrence
from events.registrations import guarded_forms
from events.registrations.models import Registration
from tests.conftest import NOW
from tests.factories import EventPageFactory, RegistrationPageFactory, publish


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    return " ".join(soup(response).find("main").get_text().split())


def form_of(response):
    """Return what the displayed form sends when its button is pressed."""
    form = soup(response).find("form", method="post")
    boxes = [box for box in form.select("input[name]") if box.get("type") in ("radio", "checkbox")]
    sent = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    sent |= {area["name"]: area.get_text().removeprefix("\n") for area in form.select("textarea")}
    for box in boxes:
        sent.pop(box["name"], None)
    return sent | {box["name"]: box.get("value", "on") for box in boxes if box.has_attr("checked")}


PEOPLE = {
    "name": "Ada",
    "email": "ada@visitor.example",
    "consent": "on",
    "question_your_question": "A long question that took an hour to write",
}


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("hours", [3, 23])
def test_a_form_open_for_hours_is_sent_without_retyping(browser, clock, event, hours):
    url = RegistrationPageFactory(parent=event).url
    shown = form_of(browser.get(url))
    clock.shift(timedelta(hours=hours))
    checked = browser.get(browser.post(url, shown | PEOPLE | {"step": "check"})["Location"])
    assert browser.post(url, form_of(checked) | {"step": "send"}).status_code == 302
    assert Registration.objects.get().answers[0]["value"] == PEOPLE["question_your_question"]


def test_a_form_open_for_days_comes_back_filled_in_and_can_be_sent_at_once(browser, clock, event):
    url = RegistrationPageFactory(parent=event).url
    shown = form_of(browser.get(url))
    clock.shift(timedelta(days=3))
    again = browser.post(url, shown | PEOPLE)
    assert again.status_code == 422
    assert "open for more than a day" in text(again)
    assert browser.post(url, form_of(again)).status_code == 302


def test_a_form_from_before_the_clock_was_corrected_comes_back_and_can_be_sent_at_once(
    browser, clock, event
):
    url = RegistrationPageFactory(parent=event).url
    clock.shift(timedelta(days=2))
    shown = form_of(browser.get(url))
    clock.shift(timedelta(days=-2))
    again = browser.post(url, shown | PEOPLE)
    assert again.status_code == 422
    assert "Check your answers and send the form again" in text(again)
    assert browser.post(url, form_of(again)).status_code == 302


def test_the_person_who_took_the_last_place_may_send_the_same_form_again(
    client, registration_page, answers
):
    registration_page.capacity, registration_page.waiting_list = 1, False
    page = publish(registration_page)
    form = answers(page)
    first, again = (client.post(page.url, form) for _ in range(2))
    assert (first.status_code, again.status_code) == (302, 302)
    assert client.get(first["Location"]).content == client.get(again["Location"]).content


def test_the_same_form_after_the_person_changed_something_is_still_the_same(
    client, registration_page, answers
):
    form = answers()
    client.post(registration_page.url, form)
    Registration.objects.update(guests=0, answers=[], name="Changed")
    assert client.post(registration_page.url, form).status_code == 302


@pytest.fixture
def weekly(event_index):
    event = EventPageFactory(parent=event_index, title="Every week", rule="FREQ=WEEKLY")
    return RegistrationPageFactory(parent=event)


def test_a_date_far_ahead_is_shown_on_request_and_can_be_registered_for(client, weekly, answers):
    far = weekly.event.occurrences.order_by("date")[40]
    shown = client.get(f"{weekly.url}?date={far.starts_on}")
    radios = soup(shown).select("input[name=occurrence]")
    assert len(radios) == 13
    assert [radio["value"] for radio in radios if radio.has_attr("checked")] == [str(far.uuid)]
    assert client.post(weekly.url, answers(weekly, occurrence=str(far.uuid))).status_code == 302
    assert Registration.objects.get().occurrence == far


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2026-11-26", "26 November 2026: this date is cancelled. You can choose another date."),
        ("2027-02-25", "25 February 2027: this date is postponed. You can choose another date."),
        ("2027-05-27", "27 May 2027: this date is full. You can choose another date."),
        ("2027-05-28", "We cannot find that date. Choose another one."),
        ("2022-05-26", "We cannot find that date. Choose another one."),
    ],
)
def test_it_says_why_the_requested_date_cannot_be_chosen(client, registration_page, asked, said):
    registration_page.waiting_list = False
    page = publish(registration_page)
    first, second, third = page.event.occurrences.order_by("date")[:3]
    cancel_occurrence(first, reason="Snow", by=None)
    postpone_occurrence(second, reason="Snow", by=None)
    type(third).objects.filter(pk=third.pk).update(capacity=0)
    shown = client.get(f"{page.url}?date={asked}")
    assert said in text(shown)
    assert not soup(shown).select("input[name=occurrence][checked]")


@pytest.mark.parametrize("asked", ["", "tomorrow", "2026-02-30", "\x00", "9" * 500])
def test_an_invalid_date_in_the_address_is_ignored(client, registration_page, asked):
    shown = client.get(registration_page.url, {"date": asked})
    assert shown.status_code == 200
    assert not soup(shown).select(".govuk-inset-text")


@pytest.mark.parametrize(
    ("fields", "hours_before", "is_open"),
    [
        # Sixty days before by London's clocks, which went back in between.
        ({"opens_days_before": 60}, 60 * 24 + 1.01, False),
        ({"opens_days_before": 60}, 60 * 24 + 1, True),
        ({"closes_hours_before": 2}, 2.01, True),
        ({"closes_hours_before": 2}, 2, False),
        ({"closes_hours_before": 0}, 0.01, True),
        ({"opens_at": NOW + timedelta(days=5)}, 24 * 20, False),
        ({"opens_at": NOW + timedelta(days=5)}, 24 * 19, True),
        ({"closes_at": NOW + timedelta(days=5)}, 24 * 19, False),
    ],
)
def test_the_form_opens_and_closes_when_the_editor_says(
    client, clock, event, answers, fields, hours_before, is_open
):
    page = RegistrationPageFactory(parent=event, **fields)
    starts = event.occurrences.get().starts_at
    at = starts - timedelta(hours=hours_before)
    clock.move_to(at, tick=False)
    sent = answers(page, submission_key=guarded_forms.issue_token(page.pk, at=at, trusted=True))
    assert (client.post(page.url, sent).status_code == 302) is is_open
    if not is_open:
        assert client.post(page.url).status_code == 410
        assert "You cannot book now" in text(client.get(page.url))


def test_the_editors_words_are_shown_before_and_after(client, clock, event):
    page = RegistrationPageFactory(
        parent=event,
        opens_days_before=7,
        before_text="Come back on Thursday.",
        after_text="Write to us.",
    )
    assert "Come back on Thursday." in text(client.get(page.url))
    clock.move_to(event.occurrences.get().starts_at, tick=False)
    assert "Write to us." in text(client.get(page.url))
