import pytest
from django.db import IntegrityError, transaction

from events.actions import cancel_occurrence, reinstate_occurrence
from events.registrations import actions, places, retention, submissions
from events.registrations.models import OutboundEmail, PlaceCount, Registration
from tests.conftest import NOW
from tests.factories import publish

Status = Registration.Status


@pytest.fixture
def offer(registration_page):
    """Return a function that publishes the form with so many places, and other fields."""

    def publish_with(capacity, **fields):
        registration_page.capacity = capacity
        for name, value in fields.items():
            setattr(registration_page, name, value)
        return publish(registration_page)

    return publish_with


@pytest.fixture
def come(valid_form):
    """Return a function that registers people by name, in turn, and returns their statuses."""

    def register(*names, **answers):
        made = []
        for name in names:
            form = valid_form(name=name, email=f"{name.lower()}@visitor.example", **answers)
            made.append(submissions.register(form.submission(), at=NOW)[0].registration)
        return made if len(made) > 1 else made[0]

    return register


def statuses():
    """Return everyone's status, in order of arrival."""
    return dict(Registration.objects.order_by("pk").values_list("name", "status"))


def taken():
    return PlaceCount.objects.get().taken


def told(registration):
    return list(registration.emails.order_by("pk").values_list("kind", flat=True))


def test_a_freed_place_goes_to_the_head_of_the_waiting_list_at_once(offer, come):
    offer(1)
    first, second, third = come("Ada", "Bo", "Cy")
    actions.withdraw(first, at=NOW)
    assert statuses() == {"Ada": "withdrawn", "Bo": "confirmed", "Cy": "waiting"}
    assert told(second) == ["organiser_received", "waiting", "organiser_decided", "offered"]
    assert told(third) == ["organiser_received", "waiting"]
    assert taken() == 1


def test_a_party_that_does_not_fit_lets_the_next_go_first_and_keeps_its_position(offer, come):
    offer(2, max_guests=2)
    come("Ada"), come("Bo")
    come("Family", guests="1"), come("Cy")
    actions.withdraw(Registration.objects.get(name="Ada"), at=NOW)
    assert statuses()["Family"] == "waiting"
    assert statuses()["Cy"] == "confirmed"
    for name in ("Bo", "Cy"):
        actions.withdraw(Registration.objects.get(name=name), at=NOW)
    assert statuses()["Family"] == "confirmed"
    assert taken() == 2


def test_a_party_takes_all_its_places_or_none(offer, come):
    offer(3, max_guests=5)
    come("Ada", guests="1")
    come("Many", guests="2")
    assert statuses() == {"Ada": "confirmed", "Many": "waiting"}
    assert taken() == 2


def test_raising_the_number_of_places_promotes_in_order(offer, come):
    offer(1)
    come("Ada", "Bo", "Cy", "Di")
    offer(3)
    assert list(statuses().values()) == ["confirmed", "confirmed", "confirmed", "waiting"]
    offer(None)
    assert set(statuses().values()) == {"confirmed"}


def test_lowering_it_removes_nobody_and_lets_nobody_in_until_it_fits(offer, come):
    offer(3)
    come("Ada", "Bo", "Cy")
    offer(1)
    assert set(statuses().values()) == {"confirmed"}
    come("Di")
    for name in ("Ada", "Bo"):
        actions.withdraw(Registration.objects.get(name=name), at=NOW)
        assert statuses()["Di"] == "waiting"
    actions.withdraw(Registration.objects.get(name="Cy"), at=NOW)
    assert statuses()["Di"] == "confirmed"
    assert taken() == 1


def test_a_date_can_have_its_own_number(offer, come, series):
    page = offer(1)
    come("Ada", "Bo", "Cy")
    promoted = places.set_own_capacity(series.occurrences.first(), 2, page, at=NOW)
    assert [registration.name for registration in promoted] == ["Bo"]
    page = offer(9)
    assert PlaceCount.objects.get().capacity == 2
    places.set_own_capacity(series.occurrences.first(), None, page, at=NOW)
    assert PlaceCount.objects.get().capacity == 9


def test_the_database_itself_refuses_to_oversell(offer, come):
    offer(2)
    come("Ada", "Bo")
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceCount.objects.update(taken=3)
    offer(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceCount.objects.update(taken=3)


def test_places_above_the_capacity_disappear_once_freed(offer, come):
    offer(3)
    come("Ada", "Bo", "Cy")
    offer(1)
    actions.withdraw(Registration.objects.get(name="Ada"), at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceCount.objects.update(taken=3)


def test_nobody_is_promoted_on_a_cancelled_date_until_it_is_reinstated(offer, come, series, admin):
    offer(1)
    first, second = come("Ada", "Bo")
    date = series.occurrences.first()
    cancel_occurrence(date, reason="Snow", by=admin, at=NOW)
    actions.withdraw(first, at=NOW)
    assert statuses()["Bo"] == "waiting"
    reinstate_occurrence(date, reason="Thaw", by=admin, at=NOW)
    assert statuses()["Bo"] == "confirmed"
    assert told(second)[-1] == "offered"


def test_with_confirmation_by_hand_a_free_place_waits_for_that_too(offer, come, lead):
    offer(1, approval=True)
    first, second = come("Ada", "Bo")
    actions.change_status(first, Status.CONFIRMED, by=lead)
    with pytest.raises(actions.RegistrationActionError, match="No place is left"):
        actions.change_status(second, Status.CONFIRMED, by=lead)
    actions.change_status(second, Status.WAITING, by=lead)
    actions.withdraw(first, at=NOW)
    assert statuses() == {"Ada": "withdrawn", "Bo": "waiting"}
    actions.change_status(second, Status.CONFIRMED, by=lead)
    assert taken() == 1


def test_nobody_waits_while_a_place_is_free(offer, come, lead):
    offer(5)
    ada = come("Ada")
    with pytest.raises(actions.RegistrationActionError, match="A place is free"):
        actions.change_status(ada, Status.WAITING, by=lead)
    ada.refresh_from_db()
    assert (ada.status, taken(), told(ada)) == (
        "confirmed",
        1,
        ["organiser_received", "booked"],
    )


def test_a_note_on_someone_waiting_does_not_move_them_to_the_end(offer, come, lead):
    offer(1)
    first, second, _ = come("Ada", "Bo", "Cy")
    actions.change_status(second, Status.WAITING, by=lead, note="Rang them")
    actions.withdraw(first, at=NOW)
    assert statuses()["Bo"] == "confirmed"


def test_someone_waiting_with_fewer_guests_gets_the_place_that_then_fits(offer, come):
    offer(2, max_guests=3)
    come("Ada")
    family = come("Family", guests="1")
    assert family.status == "waiting"
    change(family, guests=0)
    assert statuses()["Family"] == "confirmed"
    assert taken() == 2


def change(registration, guests):
    actions.change_details(
        registration, guests=guests, answers=[], sensitive_answers=[], discreet=False, at=NOW
    )


def test_guests_take_and_free_places(offer, come):
    offer(3, max_guests=3)
    ada = come("Ada")
    change(ada, guests=2)
    assert taken() == 3
    waiting = come("Bo")
    with pytest.raises(actions.RegistrationActionError, match="not enough places"):
        change(ada, guests=3)
    change(ada, guests=0)
    assert statuses()["Bo"] == "confirmed"
    assert told(waiting)[-1] == "offered"
    assert taken() == 2


def test_moving_frees_the_old_place_and_takes_a_new_one(offer, come, series):
    offer(1)
    first, _ = come("Ada", "Bo")
    there = series.occurrences.order_by("date")[1]
    actions.move(first, there, at=NOW)
    assert statuses() == {"Ada": "confirmed", "Bo": "confirmed"}
    assert list(PlaceCount.objects.order_by("pk").values_list("taken", flat=True)) == [1, 1]


def test_moving_to_a_full_date_means_waiting_there(offer, come, series):
    offer(1)
    here, there = series.occurrences.order_by("date")[:2]
    come("Bo", occurrence=str(there.uuid))
    ada = come("Ada")
    actions.move(ada, there, at=NOW)
    assert statuses() == {"Bo": "confirmed", "Ada": "waiting"}
    assert PlaceCount.objects.get(pk=here.pk).taken == 0


def test_moving_to_a_full_date_without_a_waiting_list_is_refused(offer, come, series):
    offer(1, waiting_list=False)
    there = series.occurrences.order_by("date")[1]
    come("Bo", occurrence=str(there.uuid))
    ada = come("Ada")
    with pytest.raises(actions.RegistrationActionError, match="full"):
        actions.move(ada, there, at=NOW)
    assert taken_in_all() == 2


def taken_in_all():
    return sum(PlaceCount.objects.values_list("taken", flat=True))


def test_moving_to_a_date_where_the_address_has_a_booking_keeps_both(offer, come, series):
    offer(5)
    there = series.occurrences.order_by("date")[1]
    come("Ada", occurrence=str(there.uuid))
    ada = come("Ada")
    actions.move(ada, there, at=NOW)
    assert Registration.objects.filter(occurrence=there, status="confirmed").count() == 2
    assert taken_in_all() == 2


@pytest.mark.parametrize("status", ["confirmed", "attended"])
def test_erasing_someone_frees_the_place_for_people_waiting(offer, come, status):
    offer(1)
    first, _ = come("Ada", "Bo")
    Registration.objects.filter(pk=first.pk).update(status=status)
    retention.erase(first, at=NOW)
    retention.erase(first, at=NOW)
    assert Registration.objects.get(name="Bo").status == "confirmed"
    assert taken() == 1
    assert places.find_drift() == []


def test_a_wrong_count_is_found_whichever_side_is_wrong(offer, come):
    offer(5)
    come("Ada", "Bo")
    assert places.find_drift() == []
    PlaceCount.objects.update(taken=1)
    (drift,) = places.find_drift()
    assert (drift.counted, drift.held) == (1, 2)
    PlaceCount.objects.update(taken=2, capacity=4, ceiling=4)
    (drift,) = places.find_drift()
    assert (drift.capacity, drift.wanted_capacity) == (4, 5)
    PlaceCount.objects.all().delete()
    (drift,) = places.find_drift()
    assert (drift.counted, drift.held) == (0, 2)


@pytest.mark.parametrize(
    ("capacity", "taken", "more", "is_other"),
    [
        (None, 0, 5, False),
        (10, 0, 5, False),
        (10, 5, 1, False),
        (10, 6, 1, True),
        (10, 6, 4, True),
        (10, 7, 2, False),
        (10, 9, 1, True),
        (100, 88, 1, False),
        (100, 89, 1, True),
    ],
)
def test_cached_pages_expire_when_their_places_change(
    offer, series, monkeypatch, django_capture_on_commit_callbacks, capacity, taken, more, is_other
):
    date = series.occurrences.first()
    places.ensure_count(date, offer(capacity))
    PlaceCount.objects.filter(pk=date.pk).update(taken=taken)
    raised = []
    monkeypatch.setattr("prevent_content.public_version.count_up", lambda: raised.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        assert places.take(date.pk, more)
    assert bool(raised) is is_other


def test_email_about_a_promotion_is_queued_once(offer, come):
    offer(1)
    first, second = come("Ada", "Bo")
    actions.withdraw(first, at=NOW)
    actions.withdraw(first, at=NOW)
    assert OutboundEmail.objects.filter(registration=second, kind="offered").count() == 1
