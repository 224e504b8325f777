"""Many at once, in threads, on the configured database: SQLite in a file, or PostgreSQL."""

import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.http import QueryDict
from wagtail.models import Locale

from events.actions import cancel_occurrence
from events.models import Occurrence
from events.registrations import (
    actions,
    date_messages,
    guarded_forms,
    held_places,
    places,
    retention,
    submissions,
)
from events.registrations.forms import RegistrationForm
from events.registrations.models import OutboundEmail, PlaceCount, Registration, RegistrationPage
from tests.conftest import NOW
from tests.factories import RegistrationFactory, UserFactory, publish

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PATIENCE_SECONDS = 60
LOOKERS = 8


class Crowd:
    """Runs actions in threads that start together, each with its own connection."""

    def at_once(self, *doings):
        """Run all of ``doings`` at the same time; return their results, or raise."""
        start = threading.Barrier(len(doings))

        def do(doing):
            try:
                start.wait(PATIENCE_SECONDS)
                return doing()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(doings)) as pool:
            return list(pool.map(do, doings))

    def afterwards(self, look):
        """Return the result of ``look`` on the crowd's database."""
        return self.at_once(look)[0]


@pytest.fixture
def crowd(registration_page, tmp_path):
    """A crowd for the pages of the test.

    An in-memory SQLite database belongs to one connection; the crowd gets a file with the same
    content.
    """
    if connection.vendor != "sqlite":
        yield Crowd()
        return
    file = tmp_path / "crowd.sqlite3"
    connection.ensure_connection()
    kept = connection.settings_dict["NAME"]

    def move_to_file():
        with sqlite3.connect(file) as target:
            connection.connection.backup(target)
        target.close()
        connection.settings_dict["NAME"] = str(file)

    there = Crowd()
    there.begin = move_to_file
    yield there
    connection.settings_dict["NAME"] = kept


@pytest.fixture
def open_form(registration_page, crowd):
    """Return a function that publishes the form and lets the crowd in."""

    def begin(**fields):
        for name, value in fields.items():
            setattr(registration_page, name, value)
        page = publish(registration_page)
        getattr(crowd, "begin", lambda: None)()
        return page.pk

    return begin


@pytest.fixture
def open_in_two_languages(registration_page, crowd):
    """Return a function that publishes the form in English and in Urdu, and lets the crowd in."""

    def begin(**fields):
        for name, value in fields.items():
            setattr(registration_page, name, value)
        publish(registration_page)
        urdu = Locale.objects.create(language_code="ur")
        for page in registration_page.get_ancestors(inclusive=True).filter(depth__gt=1).specific():
            copy = page.copy_for_translation(urdu)
            if hasattr(copy, "summary"):
                copy.summary = copy.summary or "خلاصہ"
            translated = publish(copy)
        getattr(crowd, "begin", lambda: None)()
        return registration_page.pk, translated.pk

    return begin


@pytest.fixture
def looking_first(monkeypatch):
    """Let ``LOOKERS`` people look for a place, and take it once all have looked.

    That is the race without the guard: the conditional UPDATE looks and takes in one step.
    """
    looked = threading.local()
    all_have_looked = threading.Barrier(LOOKERS)
    create = submissions.create_registration

    def look_first(submission, at):
        looked.count = PlaceCount.objects.get(pk=submission.occurrence.pk)
        all_have_looked.wait(PATIENCE_SECONDS)
        return create(submission, at)

    def take(occurrence_pk, number):
        if looked.count.left < number:
            return False
        taken = looked.count.taken + number
        return bool(PlaceCount.objects.filter(pk=occurrence_pk).update(taken=taken))

    monkeypatch.setattr(submissions, "create_registration", look_first)
    monkeypatch.setattr(places, "take_or_see_full", take)


def dates():
    return list(Occurrence.objects.order_by("date"))


def sent(page_pk, name, *, date=0, key=None, **answers):
    """Return a function that registers ``name``, in any thread."""
    key = key or guarded_forms.issue_token(page_pk, at=NOW, trusted=True)

    def register():
        page = RegistrationPage.objects.get(pk=page_pk)
        data = QueryDict(mutable=True)
        data.update(
            {
                "occurrence": str(dates()[date].uuid),
                "name": name,
                "email": f"{name}@visitor.example",
                "consent": "on",
                "submission_key": key,
                **answers,
            }
        )
        form = RegistrationForm(data, page=page, at=NOW)
        assert form.is_valid(), form.errors
        return submissions.register(form.submission(), at=NOW)[0].reference

    return register


def of(name):
    return Registration.objects.select_related("page", "occurrence").get(name=name)


def statuses():
    return Counter(Registration.objects.values_list("status", flat=True))


def test_of_sixteen_people_for_ten_places_ten_get_one_and_six_wait(crowd, open_form):
    page = open_form(capacity=10)
    crowd.at_once(*(sent(page, f"p{number}") for number in range(16)))
    assert crowd.afterwards(statuses) == {"confirmed": 10, "waiting": 6}
    assert crowd.afterwards(places.find_drift) == []


@pytest.fixture
def without_the_lapse(monkeypatch):
    monkeypatch.setattr(held_places, "lapse", lambda occurrence_pk, at: 0)


def held_places_that_ran_out(crowd, open_form):
    """Fill a date with held places, let two people wait and the holds lapse; return the form."""
    page = open_form(capacity=4, confirm_email=True)
    crowd.at_once(*(sent(page, f"held{number}") for number in range(6)))
    assert crowd.afterwards(statuses) == {"held": 4, "unconfirmed": 2}

    def run_out():
        Registration.objects.filter(status="held").update(held_until=NOW)
        waiting = {"status": "waiting", "waiting_since": NOW}
        Registration.objects.filter(status="unconfirmed").update(**waiting)

    crowd.afterwards(run_out)
    return page


def test_lapsed_places_are_given_once_whoever_books_and_confirms_at_once(crowd, open_form):
    page = held_places_that_ran_out(crowd, open_form)
    names = crowd.afterwards(
        lambda: list(Registration.objects.filter(status="held").values_list("name", flat=True))
    )
    crowd.at_once(
        *(lambda name=name: held_places.confirm(of(name), at=NOW) for name in names),
        *(sent(page, f"new{number}") for number in range(4)),
        lambda: held_places.lapse_all(at=NOW),
        lambda: held_places.lapse_all(at=NOW),
    )
    found = crowd.afterwards(statuses)
    assert found["confirmed"] + found["held"] == 4
    # The two waiting came first: at most two of the others got the rest.
    assert found["confirmed"] >= 2
    assert found["waiting"] + found["unconfirmed"] == 6
    assert crowd.afterwards(places.find_drift) == []
    waited = crowd.afterwards(
        lambda: set(
            Registration.objects.filter(history__status="waiting").values_list("status", flat=True)
        )
    )
    assert waited <= {"confirmed", "waiting"}


@pytest.mark.usefixtures("without_the_lapse")
def test_control_without_the_lapse_nobody_waiting_gets_a_lapsed_place(crowd, open_form):
    page = held_places_that_ran_out(crowd, open_form)
    crowd.at_once(*(sent(page, f"new{number}") for number in range(4)))
    assert crowd.afterwards(statuses) == {"held": 4, "waiting": 2, "unconfirmed": 4}


@pytest.mark.parametrize("lookers", [True, False], ids=["control", "guarded"])
def test_the_last_held_place_is_sold_once_and_twice_without_the_guard(
    crowd, open_form, request, lookers
):
    page = open_form(capacity=1, confirm_email=True)
    if lookers:
        request.getfixturevalue("looking_first")
    crowd.at_once(*(sent(page, f"p{number}") for number in range(LOOKERS)))
    held = crowd.afterwards(statuses)["held"]
    assert held > 1 if lookers else held == 1


def test_the_forms_of_both_languages_share_the_last_places(crowd, open_in_two_languages):
    english, urdu = open_in_two_languages(capacity=3)
    crowd.at_once(
        *(sent((english, urdu)[number % 2], f"p{number}") for number in range(10)),
    )
    assert crowd.afterwards(statuses) == {"confirmed": 3, "waiting": 7}
    assert crowd.afterwards(places.find_drift) == []
    assert crowd.afterwards(lambda: PlaceCount.objects.get().taken) == 3


@pytest.mark.usefixtures("looking_first")
def test_control_both_languages_sell_the_last_place_twice_without_the_guard(
    crowd, open_in_two_languages
):
    forms = open_in_two_languages(capacity=1)
    crowd.at_once(*(sent(forms[number % 2], f"p{number}") for number in range(LOOKERS)))
    assert crowd.afterwards(statuses)["confirmed"] > 1


def test_control_looking_first_and_then_taking_sells_a_place_twice(crowd, open_form, looking_first):
    page = open_form(capacity=3)
    crowd.at_once(*(sent(page, f"p{number}") for number in range(LOOKERS)))
    assert crowd.afterwards(statuses)["confirmed"] > 3
    assert len(crowd.afterwards(places.find_drift)) == 1


def test_the_same_form_twenty_times_at_once_is_one_registration(crowd, open_form):
    page = open_form()
    key = guarded_forms.issue_token(page, at=NOW, trusted=True)
    references = crowd.at_once(*(sent(page, "ada", key=key) for _ in range(20)))
    assert len(set(references)) == 1
    assert crowd.afterwards(Registration.objects.count) == 1
    assert crowd.afterwards(OutboundEmail.objects.count) == 2


@pytest.mark.parametrize("approval", [False, True])
def test_of_eight_forms_at_once_from_one_address_six_are_booked(crowd, open_form, approval):
    page = open_form(capacity=10, approval=approval)

    def book():
        try:
            return sent(page, "ada")()
        except actions.RegistrationActionError as error:
            return error.is_limited

    answers = crowd.at_once(*(book for _ in range(8)))
    assert answers.count(True) == 2
    assert crowd.afterwards(Registration.objects.count) == 6
    assert crowd.afterwards(places.find_drift) == []


def test_the_last_freed_place_goes_to_the_head_while_others_arrive(crowd, open_form):
    page = open_form(capacity=1)
    for number in range(6):
        crowd.afterwards(sent(page, f"early{number}"))
    crowd.at_once(
        lambda: actions.withdraw(of("early0"), at=NOW),
        *(sent(page, f"late{number}") for number in range(6)),
    )
    confirmed = crowd.afterwards(
        lambda: list(Registration.objects.filter(status="confirmed").values_list("name", flat=True))
    )
    assert confirmed == ["early1"]
    assert crowd.afterwards(places.find_drift) == []


def test_no_place_stays_empty_while_someone_waits(crowd, open_form):
    page = open_form(capacity=4)
    for number in range(4):
        crowd.afterwards(sent(page, f"early{number}"))

    def leave(name):
        return lambda: actions.withdraw(of(name), at=NOW)

    crowd.at_once(
        *(leave(f"early{number}") for number in range(4)),
        *(sent(page, f"late{number}") for number in range(8)),
    )
    assert crowd.afterwards(statuses) == {"withdrawn": 4, "confirmed": 4, "waiting": 4}
    assert crowd.afterwards(places.find_drift) == []


def test_nobody_blocks_another_for_ever(crowd, open_form):
    """Two swap dates, one cancels while places change, one is erased while another moves up."""
    page = open_form(capacity=3, max_guests=5)
    for number in range(5):
        crowd.afterwards(sent(page, f"here{number}"))
        crowd.afterwards(sent(page, f"there{number}", date=1))

    def move(name, to):
        return lambda: actions.move(of(name), dates()[to], at=NOW)

    def resize(date, capacity):
        def act():
            row = dates()[date]
            places.set_own_capacity(row, capacity, RegistrationPage.objects.get(pk=page), at=NOW)

        return act

    crowd.at_once(
        move("here0", 1),
        move("there0", 0),
        lambda: actions.withdraw(of("here1"), at=NOW),
        resize(0, 2),
        lambda: retention.erase(of("there1"), at=NOW),
        resize(1, 6),
        move("here3", 1),
        sent(page, "late"),
        sent(page, "late", date=1),
    )
    assert crowd.afterwards(lambda: [row.held - row.counted for row in places.find_drift()]) == []


def test_someone_who_gets_a_place_while_the_date_is_cancelled_is_emailed(
    crowd, open_form, monkeypatch
):
    """The date is cancelled when the registration is written and not yet committed."""
    page = open_form()
    is_written, is_cancelled = threading.Event(), threading.Event()
    owe = actions.outbox.enqueue_emails

    def owe_slowly(*args, **kwargs):
        owed = owe(*args, **kwargs)
        is_written.set()
        # Times out if the cancellation waits for this transaction, as it should.
        is_cancelled.wait(1)
        return owed

    def cancel():
        assert is_written.wait(PATIENCE_SECONDS)
        monkeypatch.setattr(actions.outbox, "enqueue_emails", owe)
        cancel_occurrence(dates()[0], reason="Snow", by=None, at=NOW + timedelta(minutes=1))
        is_cancelled.set()

    monkeypatch.setattr(actions.outbox, "enqueue_emails", owe_slowly)
    crowd.at_once(sent(page, "ada"), cancel)
    kinds = crowd.afterwards(lambda: set(OutboundEmail.objects.values_list("kind", flat=True)))
    assert kinds == {"organiser_received", "booked", "date_cancelled", "organiser_date"}


def test_nobody_gets_a_place_on_a_date_that_was_cancelled_while_they_wrote(crowd, open_form):
    page = open_form()
    register = sent(page, "ada")

    create = submissions.create_registration

    def cancel_before_it_is_stored(submission, at):
        cancel_occurrence(dates()[0], reason="Snow", by=None, at=at)
        return create(submission, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submissions, "create_registration", cancel_before_it_is_stored)
        with pytest.raises(actions.RegistrationActionError, match="no longer open"):
            crowd.afterwards(register)
    assert crowd.afterwards(Registration.objects.count) == 0
    assert crowd.afterwards(lambda: PlaceCount.objects.get().taken) == 0


@pytest.mark.parametrize(("keys", "messages"), [(["one"] * 4, 1), (["a", "b", "c", "d"], 4)])
def test_a_message_sent_four_times_at_once_goes_out_once(open_form, crowd, keys, messages):
    """The control: four forms with different keys are four messages."""
    date = dates()[0]
    RegistrationFactory.create_batch(5, occurrence=date, status="confirmed")
    writer = UserFactory(is_superuser=True)
    open_form()

    def send(key):
        given = {"subject": "News", "text": "Hello", "statuses": ["confirmed"], "by": writer}
        return lambda: date_messages.send(date, key=key, at=NOW, **given)[1]

    assert sum(crowd.at_once(*map(send, keys))) == messages
    sent = crowd.afterwards(lambda: OutboundEmail.objects.filter(kind="message").count())
    people = crowd.afterwards(
        lambda: len({*OutboundEmail.objects.values_list("recipient", flat=True)})
    )
    assert sent == people * messages
