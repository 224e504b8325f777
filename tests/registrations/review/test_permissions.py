"""Who gets which answer from which address, and whose words are in it."""

import pytest
from django.urls import reverse

from events.registrations import permissions
from events.registrations.models import Registration
from tests.registrations.review.conftest import (
    ANSWER,
    EMAIL,
    NAME,
    NOTE,
    SENSITIVE,
    address,
)


def test_a_lead_reads_the_registration_but_not_the_sensitive_answer(client_of, registration):
    body = client_of("lead").get(address("inspect", registration.pk)).content.decode()
    assert all(word in body for word in (NAME, EMAIL, ANSWER, NOTE))
    assert SENSITIVE not in body
    assert "Show sensitive answers" in body


def test_without_the_right_nobody_learns_whether_there_are_sensitive_answers(
    client_of, registration
):
    client = client_of("lead without sensitive")

    def section() -> str:
        body = client.get(address("inspect", registration.pk)).content.decode()
        return body.partition('id="review-sensitive"')[2].partition("</section>")[0]

    with_answers = section()
    Registration.objects.update(sensitive_answers=[])
    assert section() == with_answers


def test_withdrawing_a_right_applies_from_the_next_request(client, registration, lead):
    client.force_login(lead)
    assert client.get(address("index")).status_code == 200
    lead.groups.clear()
    assert client.get(address("index")).status_code == 302
    assert client.post(address("reveal", registration.pk)).status_code == 302


def test_nothing_is_shown_to_someone_without_the_right(person, registration):
    assert not Registration.objects.viewable_by(person("editor")).exists()
    assert Registration.objects.viewable_by(person("lead")).get() == registration


def test_inactive_people_have_no_right(person, registration):
    lead = person("lead")
    lead.is_active = False
    assert not permissions.may(lead, permissions.VIEW)


@pytest.mark.parametrize(
    ("role", "is_shown"), [("editor", False), ("lead", True), ("superuser", True)]
)
def test_the_menu_shows_registrations_to_people_with_the_right(client_of, db, role, is_shown):
    body = client_of(role).get(reverse("wagtailadmin_home")).content.decode()
    assert (address("index") in body) is is_shown
