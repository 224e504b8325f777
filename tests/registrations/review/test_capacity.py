import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.urls import reverse
from wagtail.models import PageLogEntry

from events.registrations import submissions
from events.registrations.models import OutboundEmail, Registration
from tests.conftest import NOW
from tests.factories import UserFactory, publish


@pytest.fixture
def crowded(registration_page, valid_form):
    """A date with one place, one person in it and two waiting."""
    registration_page.capacity = 1
    page = publish(registration_page)
    for name in ("Ada", "Bo", "Cy"):
        sent = valid_form(page, name=f"{name} Canary", email=f"{name}@canary.example")
        submissions.register(sent.submission(), at=NOW)
    OutboundEmail.objects.all().delete()
    return page.event.occurrences.order_by("date").first()


def listing(event):
    return reverse("prevent_registration_places:event", args=[event.pk])


def screen(date):
    return reverse("prevent_registration_places:date", args=[date.event_id, date.uuid])


def rows(response):
    body = BeautifulSoup(response.content, "html.parser").select_one("table.listing tbody")
    return [
        [" ".join(cell.get_text().split()) for cell in row.select("td")[1:]] for row in body("tr")
    ]


def text(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text().split())


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def test_an_editor_sees_numbers_and_no_names(desk, crowded, series):
    shown = desk.get(listing(series))
    assert shown.status_code == 200
    assert rows(shown)[0][:4] == ["1", "1", "2", "0"]
    assert rows(shown)[1][:4] == ["1", "0", "0", "0"]
    assert b"anary" not in shown.content
    assert b"anary" not in desk.get(screen(crowded)).content


def test_the_numbers_cost_the_same_for_many_dates(
    desk, crowded, series, django_assert_max_num_queries
):
    desk.get(listing(series))
    with django_assert_max_num_queries(25):
        desk.get(listing(series))


def test_more_places_promote_people_and_say_how_many(desk, crowded, series):
    saved = desk.post(screen(crowded), {"capacity": "2"}, follow=True)
    assert "1 registrations on the waiting list now have a place" in text(saved)
    assert rows(saved)[0][:3] == ["2 (this date’s own)", "2", "1"]
    kinds = OutboundEmail.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["offered", "organiser_decided"]


def test_fewer_places_than_are_taken_remove_nobody_and_say_so(desk, crowded, series):
    desk.post(screen(crowded), {"capacity": "3"})
    saved = desk.post(screen(crowded), {"capacity": "1"}, follow=True)
    assert "3 places are taken, 2 more than there are now. Nobody loses their" in text(saved)
    assert rows(saved)[0][1] == "3 (2 too many)"
    assert set(Registration.objects.values_list("status", flat=True)) == {"confirmed"}


def test_an_empty_number_means_the_forms_number_again(desk, crowded, series):
    desk.post(screen(crowded), {"capacity": "3"})
    desk.post(screen(crowded), {"capacity": ""})
    crowded.refresh_from_db()
    assert crowded.capacity is None
    assert rows(desk.get(listing(series)))[0][0] == "1"


@pytest.mark.parametrize("typed", ["-1", "many", "3.5", "100001", "9" * 400, "\x00"])
def test_an_invalid_number_comes_back_with_a_sentence(desk, crowded, typed):
    refused = desk.post(screen(crowded), {"capacity": typed})
    assert refused.status_code == 422
    assert "Enter" in text(refused)
    crowded.refresh_from_db()
    assert crowded.capacity is None


def test_the_pages_history_says_who_set_what(desk, crowded, series, editor):
    desk.post(screen(crowded), {"capacity": "7"})
    entry = PageLogEntry.objects.get(action="prevent_registrations.capacity")
    assert (entry.user, entry.page_id) == (editor, series.pk)
    assert entry.data == {"date": "2026-11-26", "capacity": "7"}


def test_people_who_may_not_change_dates_may_not_set_places(client, crowded, series):
    lead = UserFactory(group="Safeguarding leads")
    right = Permission.objects.get(codename="change_capacity")
    lead.groups.get().permissions.remove(right)
    client.force_login(lead)
    for path in (listing(series), screen(crowded)):
        assert client.get(path).status_code == 403
        assert client.post(path, {"capacity": "9"}).status_code == 403
    crowded.refresh_from_db()
    assert crowded.capacity is None


def test_a_date_of_another_event_is_not_found(desk, crowded, event):
    path = reverse("prevent_registration_places:date", args=[event.pk, crowded.uuid])
    assert desk.get(path).status_code == 404


def test_the_page_editor_leads_to_it(desk, series):
    edit = desk.get(reverse("wagtailadmin_pages:edit", args=[series.pk]))
    assert listing(series) in edit.content.decode()


def test_a_lead_changes_the_places_of_a_date_without_the_right_to_its_page(
    client, lead, series, registration_page
):
    date = series.occurrences.order_by("date").first()
    client.force_login(lead)
    dates = client.get(reverse("prevent_registrations_registration_modeladmin_dates"))
    url = reverse("prevent_registration_places:date", args=[series.pk, date.uuid])
    assert url in dates.content.decode()
    assert "Cancel, postpone or move" not in dates.content.decode()
    page = client.get(url).content.decode()
    assert reverse("wagtailadmin_pages:edit", args=[series.pk]) not in page
    assert client.post(url, {"capacity": "12"}).status_code == 302
    date.refresh_from_db()
    assert date.capacity == 12


def test_a_lead_with_that_right_changes_the_dates_assigned_to_them(
    client, lead, series, registration_page
):
    lead.user_permissions.add(Permission.objects.get(codename="change_occurrence_status"))
    client.force_login(lead)
    dates = client.get(reverse("prevent_registrations_registration_modeladmin_dates"))
    url = reverse("prevent_event_dates:event", args=[series.pk])
    assert url in dates.content.decode()
    assert client.get(url).status_code == 200
    date = series.occurrences.order_by("date").first()
    action = reverse("prevent_event_dates:action", args=[series.pk, date.uuid, "cancel"])
    assert client.get(action).status_code == 200
