"""Assigned events: whose registrations someone sees, and who decides that."""

from events.registrations import permissions
from events.registrations.models import (
    EventAssignment,
    Registration,
)
from tests.factories import EventPageFactory, RegistrationFactory
from tests.registrations.review.conftest import crowd


def test_rights_apply_to_the_assigned_events_only(person, series, registration_page):
    here = RegistrationFactory(occurrence=series.occurrences.first())
    elsewhere = EventPageFactory(parent=series.get_parent())
    lead = person("lead")
    assert Registration.objects.viewable_by(lead).get() == here
    given = EventAssignment.objects.create(user=lead, event=elsewhere)
    assert not Registration.objects.viewable_by(lead).exists()
    EventAssignment.objects.create(user=lead, event=series)
    assert Registration.objects.viewable_by(lead).get() == here
    given.delete()
    assert Registration.objects.viewable_by(lead).get() == here


def test_deleting_an_event_widens_nobodys_view(person, series):
    crowd(1)
    lead = person("lead")
    EventAssignment.objects.create(user=lead, event=series)
    series.delete()
    assert permissions.events_of(lead) == []
    assert not Registration.objects.viewable_by(lead).exists()


def test_without_an_assignment_an_organiser_sees_nothing(person, registration):
    assert permissions.events_of(person("organiser")) == []
    assert not Registration.objects.viewable_by(person("organiser")).exists()


def test_assigning_and_removing_events_leaves_a_line_in_wagtails_log(client_of, person, series):
    client, organiser = client_of("assigner"), person("organiser")
    url = "/cms/prevent_registrations/eventassignment/"
    sent = {"user": organiser.pk, "event": series.pk}
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 422
    given = EventAssignment.objects.get()
    assert permissions.events_of(organiser) == [series.pk]
    assert (
        "will no longer see its registrations"
        in client.get(f"{url}delete/{given.pk}/").content.decode()
    )
    client.post(f"{url}delete/{given.pk}/")
    assert permissions.events_of(organiser) == []


def test_removing_a_leads_last_event_warns_that_they_then_see_every_event(
    client_of, person, series
):
    given = EventAssignment.objects.create(user=person("lead"), event=series)
    url = f"/cms/prevent_registrations/eventassignment/delete/{given.pk}/"
    assert (
        "will see the registrations of every event"
        in client_of("assigner").get(url).content.decode()
    )
