"""Concern routes cannot be changed by accident, nor unnoticed."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.models import ModelLogEntry, Site

from events.registrations.models import OutboundEmail
from prevent_content.models import PreventSettings

pytestmark = pytest.mark.django_db


@pytest.fixture
def routes(home):
    return PreventSettings.for_site(Site.objects.get())


@pytest.fixture
def send(client, moderator, lead, routes):
    """Return a function that sends the form of the settings as a moderator."""
    client.force_login(moderator)
    url = reverse(
        "wagtailsettings:edit", args=["prevent_content", "preventsettings", routes.site_id]
    )
    given = {
        field.name: getattr(routes, field.name)
        for field in PreventSettings._meta.fields
        if field.name not in ("id", "site")
    }
    return lambda **changed: client.post(url, given | changed)


@pytest.mark.parametrize("number", ["9999", "99", "", "nine nine nine", "0900 123 4567", "998"])
def test_the_emergency_number_cannot_be_changed(routes, number):
    routes.emergency_phone = number
    with pytest.raises(ValidationError) as refused:
        routes.full_clean()
    assert set(refused.value.message_dict) == {"emergency_phone"}


@pytest.mark.parametrize(
    "number", ["0909 123 4567", "+44 909 123 4567", "070 1234 5678", "118 118"]
)
@pytest.mark.parametrize("name", ["police_phone", "hotline_phone", "act_early_phone", "team_phone"])
def test_no_route_may_cost_extra(routes, name, number):
    setattr(routes, name, number)
    with pytest.raises(ValidationError) as refused:
        routes.full_clean()
    assert set(refused.value.message_dict) == {name}


def test_the_national_routes_are_accepted(routes):
    routes.team_phone = "+44 1632 960 001"
    routes.full_clean()


def test_a_change_is_confirmed_before_it_is_saved(send, routes):
    asked = send(hotline_phone="0800 789 322")
    assert asked.status_code == 200
    text = asked.content.decode()
    assert "Anti-Terrorist Hotline: from 0800 789 321 to 0800 789 322" in text
    routes.refresh_from_db()
    assert routes.hotline_phone == "0800 789 321"
    assert not OutboundEmail.objects.exists()


def test_a_confirmed_change_is_in_the_history_and_emailed_to_moderators_and_leads(
    send, routes, moderator, lead
):
    assert send(hotline_phone="0800 789 322", confirmed="on").status_code == 302
    routes.refresh_from_db()
    assert routes.hotline_phone == "0800 789 322"
    entry = ModelLogEntry.objects.get(action="prevent_content.routes_changed")
    change = "Anti-Terrorist Hotline: from 0800 789 321 to 0800 789 322"
    assert (entry.user, entry.data["changes"]) == (moderator, [change])
    told = OutboundEmail.objects.filter(kind="concern_routes")
    assert set(told.values_list("recipient", flat=True)) == {moderator.email, lead.email}
    assert {row.about for row in told} == {change}


def test_saving_without_a_change_asks_and_emails_nothing(send):
    assert send().status_code == 302
    assert not OutboundEmail.objects.exists()
