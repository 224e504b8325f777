"""Anonymous feedback after an event: one email, one link for all, results from five answers on."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from events.registrations import jobs
from events.registrations.emails import kinds
from events.registrations.models import EventFeedback, OutboundEmail, RegistrationPage
from tests.factories import RegistrationFactory
from tests.registrations.review.conftest import address, client_of, person  # noqa: F401

ANSWERS = {"overall": "good", "learned": "partly", "took_part": "yes", "own_0": "More time please"}


@pytest.fixture
def evening(registration_page, clock):
    RegistrationPage.objects.update(ask_feedback=True, feedback_question_1="What should we change?")
    occurrence = registration_page.event.occurrences.order_by("date").first()
    clock.move_to(occurrence.ends_at + timedelta(hours=16))
    return occurrence


def register(evening, registration_page, status="attended", **values):
    return RegistrationFactory(occurrence=evening, page=registration_page, status=status, **values)


def queue() -> list[str]:
    jobs.enqueue_feedback_requests(at=timezone.now())
    emails = OutboundEmail.objects.filter(kind="feedback").order_by("pk")
    return list(emails.values_list("recipient", flat=True))


def form_url() -> str:
    email = OutboundEmail.objects.filter(kind="feedback").latest("pk")
    return "/" + re.search(r"https?://[^/]+/(\S+)", kinds.compose(email).body)[1]


def answer(client, url: str, **changed):
    page = client.get(url).content.decode()
    key = re.search(r'name="submission_key" value="([^"]+)"', page)[1]
    return client.post(url, {**ANSWERS, "submission_key": key, **changed})


def test_only_people_who_came_get_one_email(evening, registration_page):
    register(evening, registration_page, email="ada@visitor.example")
    register(evening, registration_page, email="late@visitor.example", status="confirmed")
    register(evening, registration_page, email="absent@visitor.example", status="did_not_attend")
    register(evening, registration_page, email="")
    assert queue() == ["ada@visitor.example"]
    assert queue() == ["ada@visitor.example"]
    evening.registrations.filter(email="late@visitor.example").update(status="attended")
    assert queue() == ["ada@visitor.example", "late@visitor.example"]


def test_nobody_is_asked_if_the_editor_does_not_want_it(evening, registration_page):
    RegistrationPage.objects.update(ask_feedback=False)
    register(evening, registration_page)
    assert queue() == []


def test_nobody_is_asked_on_the_day_itself_or_a_week_later(evening, registration_page, clock):
    register(evening, registration_page)
    for delay in (timedelta(hours=1), timedelta(days=8)):
        clock.move_to(evening.ends_at + delay)
        assert queue() == []


def test_the_link_is_the_same_for_everyone_and_identifies_nobody(evening, registration_page):
    first = register(evening, registration_page, email="ada@visitor.example", name="Ada Visitor")
    second = register(evening, registration_page, email="ben@visitor.example", name="Ben Visitor")
    queue()
    bodies = [
        kinds.compose(OutboundEmail.objects.get(registration=each, kind="feedback")).body
        for each in (first, second)
    ]
    assert bodies[0].replace("Ada", "Ben") == bodies[1]
    assert "Dear Ada Visitor" in bodies[0]


def test_a_discreet_email_names_no_event(evening, registration_page):
    register(evening, registration_page, discreet=True)
    queue()
    email = kinds.compose(OutboundEmail.objects.get(kind="feedback"))
    assert evening.title not in email.subject + email.body


def test_an_answer_is_saved_once_without_person_or_time(client, evening, registration_page):
    register(evening, registration_page)
    queue()
    url = form_url()
    page = client.get(url).content.decode()
    assert "What should we change?" in page
    assert "This form is anonymous" in page
    response = answer(client, url)
    assert response.status_code == 302
    assert "Thank you" in client.get(response["Location"]).content.decode()
    saved = EventFeedback.objects.get()
    assert saved.own == [["What should we change?", "More time please"]]
    assert {field.name for field in EventFeedback._meta.fields} == {
        *("id", "occurrence", "overall", "learned", "took_part", "own", "on", "submission_key")
    }
    assert "Set-Cookie" not in response


def test_a_missing_answer_is_named(client, evening, registration_page):
    register(evening, registration_page)
    queue()
    response = answer(client, form_url(), overall="")
    assert response.status_code == 422
    assert "Say how the event was" in response.content.decode()
    assert "More time please" in response.content.decode()


def test_a_forged_or_old_link_is_not_found(client, evening, registration_page, clock):
    register(evening, registration_page)
    queue()
    url = form_url()
    assert client.get(url.replace("event/", "event/x")).status_code == 404
    clock.move_to(evening.ends_at + timedelta(days=31))
    assert client.get(url).status_code == 404


def fill(evening, number: int) -> None:
    EventFeedback.objects.bulk_create(
        EventFeedback(
            occurrence=evening,
            overall="good",
            learned="yes",
            took_part="no",
            own=[["What should we change?", f"Idea {each}"]],
            on=evening.starts_on,
            submission_key=f"{number}-{each}",
        )
        for each in range(number)
    )


def test_results_are_shown_from_five_answers_on(evening, client_of):  # noqa: F811
    lead = client_of("lead")
    url = address("feedback", evening.uuid)
    fill(evening, 4)
    page = lead.get(url).content.decode()
    assert "from 5 answers on" in page
    assert "Idea" not in page
    EventFeedback.objects.all().delete()
    fill(evening, 5)
    page = lead.get(url).content.decode()
    assert "5 anonymous answers" in page
    assert "<li>Good: 5</li>" in page
    assert "Idea 3" in page


def test_an_organiser_of_another_event_sees_no_results(evening, client_of):  # noqa: F811
    fill(evening, 5)
    assert client_of("organiser").get(address("feedback", evening.uuid)).status_code == 404


def test_answers_are_deleted_after_a_year(evening, settings):
    fill(evening, 5)
    jobs.delete_old_feedback(at=evening.ends_at + timedelta(days=360))
    assert EventFeedback.objects.count() == 5
    jobs.delete_old_feedback(at=evening.ends_at + timedelta(days=370))
    assert not EventFeedback.objects.exists()
