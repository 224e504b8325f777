"""What Wagtail itself shows of registrations to people who edit pages: nothing."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import NoReverseMatch, get_resolver, reverse
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import ModelLogEntry, PageLogEntry, ReferenceIndex

from events.registrations.models import Registration
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


def wagtail_addresses() -> list[str]:
    """Return every address of the CMS that can be had without an argument."""
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    found = set()
    for prefix, resolver in [("", get_resolver()), *namespaces(get_resolver())]:
        for name in resolver.reverse_dict:
            if isinstance(name, str):
                names.add(prefix + name)
    for name in names:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        # One logs out, the other is Wagtail's own test of its error page.
        if url.startswith("/cms/") and url not in ("/cms/logout/", "/cms/failwhale/"):
            found.add(url)
    return sorted(found)


def namespaces(resolver, prefix=""):
    for name, (_, inner) in resolver.namespace_dict.items():
        yield f"{prefix}{name}:", inner
        yield from namespaces(inner, f"{prefix}{name}:")


@pytest.fixture
def on_a_page(registration, series, registration_page):
    """The registration, for a date of a published event and by its published form."""
    registration.occurrence = series.occurrences.first()
    registration.page = registration_page
    registration.save()
    ReferenceIndex.create_or_update_for_object(registration_page)
    return registration


def test_no_address_of_the_cms_tells_an_editor_anything(client, editor, on_a_page):
    client.force_login(editor)
    addresses = wagtail_addresses()
    assert len(addresses) > 40
    for page in (on_a_page.page, on_a_page.page.event):
        addresses += [
            reverse(f"wagtailadmin_pages:{view}", args=[page.pk])
            for view in (
                "edit",
                "usage",
                "history",
                "delete",
                "unpublish",
                "copy",
                "workflow_history",
            )
        ]
        addresses.append(reverse("wagtailadmin_explore", args=[page.pk]))
    addresses += [
        f"/cms/bulk/prevent_registrations/registration/delete/?id={on_a_page.pk}",
        f"/cms/snippets/prevent_registrations/registration/edit/{on_a_page.pk}/",
        f"{reverse('wagtailadmin_pages:search')}?q=zephyrine",
    ]
    for url in addresses:
        body = b"".join(client.get(url)).decode(errors="replace")
        told = [word for word in (*PERSONAL, on_a_page.reference) if word in body]
        assert not told, url


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


def test_wagtails_log_knows_nothing_of_a_registration(client_of, on_a_page):
    client = client_of("lead")
    before = PageLogEntry.objects.count()
    decision = {"seen": "received", "status": "confirmed", "note": "Rang them"}
    client.get(address("inspect", on_a_page.pk))
    client.post(address("decide", on_a_page.pk), decision)
    assert PageLogEntry.objects.count() == before
    assert not ModelLogEntry.objects.exists()


def test_an_administrator_can_give_each_right(client_of, db):
    group = Group.objects.create(name="Organisers' helpers")
    url = reverse("wagtailusers_groups:edit", args=[group.pk])
    body = client_of("superuser").get(url).content.decode()
    for name in (
        "Can see registrations",
        "Can see sensitive answers",
        "Can decide on registrations",
    ):
        assert name in body


def test_the_leads_group_has_its_rights(db):
    group = Group.objects.get(name="Safeguarding leads")
    assert set(group.permissions.values_list("codename", flat=True)) >= LEADS_RIGHTS


def test_organisers_see_and_decide_and_no_more(db):
    group = Group.objects.get(name="Organisers")
    rights = set(group.permissions.values_list("codename", flat=True))
    assert rights == {"access_admin", "view_registration", "decide_registration"}


def test_no_other_group_has_a_right_to_registrations(db):
    others = Group.objects.exclude(name__in=["Safeguarding leads", "Organisers"])
    rights = {"view_registration", "view_sensitive_answers", "decide_registration"}
    assert not others.filter(permissions__codename__in=rights).exists()


def test_the_migration_keeps_what_a_group_already_has(db, django_user_model):
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
