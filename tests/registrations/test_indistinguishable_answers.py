"""What a visitor could measure: constant queries, and answers that reveal nobody."""

import re
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.registrations import submissions
from events.registrations.models import PlaceCount, Registration
from tests.conftest import NOW
from tests.factories import publish

# Wagtail's own routing takes seven of them.
MOST_TO_SHOW, MOST_TO_KEEP = 19, 28


def register_many(page, number):
    """Put ``number`` people on the first date, counted as if they had booked one by one."""
    date = page.event.occurrences.order_by("date").first()
    Registration.objects.bulk_create(
        Registration(
            page=page,
            occurrence=date,
            status="confirmed",
            reference=f"PR-{key:04d}-TEST",
            name="Ada",
            email=f"ada{key}@crowd.example",
            erase_at=page.erase_at(date),
            received_at=NOW,
        )
        for key in range(number)
    )
    PlaceCount.objects.create(occurrence=date, capacity=None, taken=number)


@contextmanager
def asking_at_most(number):
    """Fail if more queries are made; transaction statements do not count."""
    with CaptureQueriesContext(connection) as queries:
        yield
    asked = [row["sql"] for row in queries if "SAVEPOINT" not in row["sql"]]
    assert len(asked) <= number, "\n".join(asked)


@pytest.mark.parametrize("number", [10, 1000])
def test_showing_and_storing_a_form_cost_the_same_however_many_people_booked(
    client, registration_page, answers, number
):
    register_many(registration_page, number)
    checked, sent = answers(step="check"), answers()
    client.get("/")
    with asking_at_most(MOST_TO_SHOW):
        assert client.get(registration_page.url).status_code == 200
    with asking_at_most(MOST_TO_KEEP):
        to_check = client.post(registration_page.url, checked)
    assert to_check.status_code == 302
    # One more for the answers themselves.
    with asking_at_most(MOST_TO_SHOW + 1):
        assert client.get(to_check["Location"]).status_code == 200
    with asking_at_most(MOST_TO_KEEP):
        assert client.post(registration_page.url, sent).status_code == 302


def test_the_first_booking_and_the_first_on_the_waiting_list_cost_no_more(
    client, registration_page, answers
):
    registration_page.capacity = 1
    publish(registration_page)
    client.get("/")
    for name in ("ada", "bo"):
        sent = answers(email=f"{name}@visitor.example")
        with asking_at_most(MOST_TO_KEEP):
            assert client.post(registration_page.url, sent).status_code == 302
    assert [row.status for row in Registration.objects.order_by("pk")] == ["confirmed", "waiting"]


CASES = {
    "places for all": {},
    "a place for each": {"capacity": 4},
    "no place, a waiting list": {"capacity": 2},
    "no place, no waiting list": {"capacity": 2, "waiting_list": False},
    "confirmed by hand": {"approval": True},
    "guests": {"max_guests": 4},
}


def without_chance(content):
    """Return a page without its references and tokens."""
    text = re.sub(r"PR-[0-9A-Z]{4}-[0-9A-Z]{4}", "PR", content.decode())
    return re.sub(r'(submission_key)" value="[^"]+"', r"\1", text)


@pytest.mark.parametrize("fields", CASES.values(), ids=CASES)
def test_a_known_address_is_answered_like_a_new_one(
    client, registration_page, answers, valid_form, fields
):
    for name, value in fields.items():
        setattr(registration_page, name, value)
    page = publish(registration_page)
    for name in ("known", "other"):
        submissions.register(valid_form(page, email=f"{name}@visitor.example").submission(), at=NOW)
    # The first POST of a test process loads what later ones reuse.
    client.post(page.url, answers(name=""))
    replies = []
    for email in ("Known@visitor.example", "new@visitor.example"):
        sent = answers(email=email)
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                reply = client.post(page.url, sent)
            shown = client.get(reply["Location"]) if reply.status_code == 302 else reply
            body = without_chance(shown.content).replace(email, "")
            replies.append((email, reply.status_code, body, len(queries)))
    known, known_again, new, new_again = (reply[1:] for reply in replies)
    assert known == new
    assert known_again == new_again
