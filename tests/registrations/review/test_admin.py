"""What Wagtail itself shows page editors about registrations: nothing."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import ModelLogEntry, PageLogEntry, ReferenceIndex

from events.registrations.models import Registration, RegistrationLogEntry
from tests.factories import RegistrationFactory
from tests.registrations.review.conftest import PERSONAL, address

LEADS_RIGHTS = {
    "access_admin",
    "view_registration",
    "view_sensitive_answers",
    "decide_registration",
    "export_registration",
    "handle_concerns",
    "registrations_of_every_event",
}
groups = importlib.import_module("events.registrations.migrations.0002_groups")


@pytest.fixture
def on_a_page(registration, series, registration_page):
    """The registration, for a date of a published event with its published form."""
    registration.occurrence = series.occurrences.first()
    registration.page = registration_page
    registration.save()
    ReferenceIndex.create_or_update_for_object(registration_page)
    return registration


def test_the_form_is_not_in_wagtails_own_list_of_forms(client_of, on_a_page):
    body = client_of("superuser").get(reverse("wagtailforms:index")).content.decode()
    assert on_a_page.page.title not in body


def test_registrations_are_not_in_the_reference_index(on_a_page):
    assert not ReferenceIndex.is_indexed(Registration)
    RegistrationFactory(page=on_a_page.page)
    usage = ReferenceIndex.get_references_to(on_a_page.page)
    assert not usage.filter(content_type__app_label="prevent_registrations").exists()


def test_reports_find_no_edit_address(person, registration):
    assert AdminURLFinder(person("superuser")).get_edit_url(registration) is None


def test_wagtails_log_shows_decisions_to_people_who_may_see_the_registration(
    client_of, person, on_a_page, editor
):
    client = client_of("lead")
    before = PageLogEntry.objects.count()
    decision = {"seen": "received", "status": "confirmed", "note": "Rang them"}
    client.get(address("inspect", on_a_page.pk))
    client.post(address("decide", on_a_page.pk), decision)
    entry = RegistrationLogEntry.objects.get()
    assert (entry.label, entry.message) == ("PR-CNRY-2345", "Decided: Received, then Confirmed")
    assert not [word for word in (*PERSONAL, "Rang") if word in f"{entry.data}{entry.label}"]
    assert PageLogEntry.objects.count() == before
    assert not ModelLogEntry.objects.exists()
    for reader, is_told in [(editor, False), (person("organiser"), False), (person("lead"), True)]:
        assert RegistrationLogEntry.objects.viewable_by_user(reader).exists() is is_told


def test_the_site_history_shows_a_decision_only_to_a_lead(client_of, client, on_a_page, editor):
    lead = client_of("lead")
    lead.post(address("decide", on_a_page.pk), {"seen": "received", "status": "confirmed"})
    url = reverse("wagtailadmin_reports:site_history")
    body = client_of("superuser").get(url).content.decode()
    assert "PR-CNRY-2345" in body
    client.force_login(editor)
    assert "PR-CNRY-2345" not in client.get(url).content.decode()


def test_the_leads_group_has_its_rights(db):
    group = Group.objects.get(name="Safeguarding leads")
    assert set(group.permissions.values_list("codename", flat=True)) >= LEADS_RIGHTS


def test_organisers_can_only_view_and_decide(db):
    group = Group.objects.get(name="Organisers")
    rights = set(group.permissions.values_list("codename", flat=True))
    seeing = {"access_admin", "view_registration", "decide_registration"}
    assert rights == seeing | {"message_registrants"}


def test_no_other_group_has_a_right_to_registrations(db):
    others = Group.objects.exclude(name__in=["Safeguarding leads", "Organisers"])
    rights = {"view_registration", "view_sensitive_answers", "decide_registration"}
    assert not others.filter(permissions__codename__in=rights).exists()


def test_the_migration_keeps_a_groups_existing_rights(db, django_user_model):
    group = Group.objects.get(name="Safeguarding leads")
    member = django_user_model.objects.create(username="leah")
    member.groups.add(group)
    group.permissions.clear()
    groups.give_rights(apps, SimpleNamespace(connection=connection))
    assert set(group.permissions.values_list("codename", flat=True)) == {
        codename for _, codename in groups.RIGHTS[groups.LEADS]
    }
    assert Group.objects.filter(name="Safeguarding leads").count() == 1
    assert member in group.user_set.all()
