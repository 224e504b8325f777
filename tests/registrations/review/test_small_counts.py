"""Counts of sensitive answers: below five, only people with the right to them see any."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from events.registrations import jobs, retention
from events.registrations.emails.kinds import compose
from events.registrations.emails.needs import frequent_needs
from events.registrations.models import AccessRecord, EventAssignment, OutboundEmail
from tests.conftest import NOW
from tests.factories import RegistrationFactory, UserFactory
from tests.registrations.emails.conftest import everything
from tests.registrations.review.conftest import address
from tests.registrations.review.test_matrix import (
    ROLES,
    TABLE,
    addresses,
    ask,
    client_of,
    site,  # noqa: F401 - a fixture
)

FEW, MANY, TEXT = "canary-few-kosher", "canary-many-vegan", "canary-text-nuts"
FILES = {"everything": "on", "filter": "", "purpose": "needs", "columns": ["name", "answers:*"]}
PUBLIC = (
    *("/api/events/", "/api/occurrences/", "/api/site/", "/api/openapi.json", "/sitemap.xml"),
    *("/prevent/roundtables/", "/calendar/events.ics", "/search/?query=canary"),
)


def need(*choices):
    return {"name": "diet", "label": "Dietary needs", "type": "checkboxes", "value": [*choices]}


@pytest.fixture
def needs(site):  # noqa: F811 - the fixture
    """Four people with one need, five with another, one with free text."""
    common = {"occurrence": site["one"].occurrence, "page": site["one"].page, "status": "confirmed"}
    other = {"name": "other", "label": "Other dietary needs", "type": "multiline", "value": TEXT}
    RegistrationFactory.create_batch(4, sensitive_answers=[need(FEW)], guests=1, **common)
    RegistrationFactory.create_batch(4, sensitive_answers=[need(MANY)], **common)
    RegistrationFactory(sensitive_answers=[need(MANY), other], **common)
    return site


@pytest.mark.parametrize("role", ["editor", "organiser"])
def test_no_screen_file_or_api_reveals_a_need_to_someone_without_the_right(needs, role):
    asking = ROLES[role]
    client = client_of(asking, needs)
    ours = [each for each in addresses() if each.name in TABLE]
    bodies = {}
    for each in ours:
        for method in ("get", "post"):
            row = TABLE[each.name]
            url, _status, body = ask(client, method, each, needs, row.sent)
            bodies[method, url] = body
    for kind in ("csv", "xlsx"):
        answer = client.post(address("export"), FILES | {"format": kind})
        bodies[kind, ""] = b"".join(answer).decode(errors="replace")
    for url in ("/cms/", *PUBLIC, f"/api/registration-forms/{needs['one'].page_id}/"):
        bodies["get", url] = b"".join(client.get(url)).decode(errors="replace")
    # Figures outlive the registrations, so they are checked as well.
    for row in needs["one"].occurrence.registrations.all():
        retention.erase(row, at=NOW, reason="retention")
    for url in (address("figures"), f"{address('figures')}?format=csv", "/cms/"):
        bodies["after", url] = b"".join(client.get(url)).decode(errors="replace")
    told = [(where, word) for where, body in bodies.items() for word in (FEW, TEXT) if word in body]
    assert not told


def test_with_the_right_needs_are_counted_and_free_text_is_shown_on_request(needs):
    client = client_of(ROLES["lead"], needs)
    url = address("summary", needs["one"].occurrence.uuid)
    first = client.get(url).content.decode()
    assert f"{FEW}: 4" in first
    assert f"{MANY}: 5" in first
    assert TEXT not in first
    assert not AccessRecord.objects.filter(action="revealed").exists()
    assert TEXT in client.post(url).content.decode()
    line = AccessRecord.objects.get(action="revealed")
    assert (line.sensitive, line.count, line.seen.count()) == (True, 11, 11)


def test_a_post_without_the_right_changes_nothing(needs):
    client = Client()
    user = UserFactory()
    user.groups.add(Group.objects.get(name="Organisers"))
    EventAssignment.objects.create(user=user, event=needs["this"])
    client.force_login(user)
    page = client.post(address("summary", needs["one"].occurrence.uuid)).content.decode()
    assert not [word for word in (FEW, MANY, TEXT) if word in page]


def test_the_organiser_gets_one_email_the_day_before_with_numbers_and_frequent_needs(needs, clock):
    occurrence = needs["one"].occurrence
    clock.move_to("2026-11-25T08:59:00+00:00")
    assert jobs.enqueue_needs(at=NOW.replace(day=25, hour=8, minute=59)).startswith("0 ")
    nine = NOW.replace(day=25, hour=9)
    assert jobs.enqueue_needs(at=nine).startswith("1 ")
    assert jobs.enqueue_needs(at=nine).startswith("0 ")
    row = OutboundEmail.objects.get(kind="organiser_needs")
    assert row.recipient == "inbox@council.example"
    message = compose(row, at=nine)
    assert f"{MANY}: 5" in message.body
    assert "15 people have a place" in message.body
    whole = everything(message)
    names = occurrence.registrations.values_list("name", flat=True)
    assert not [word for word in (FEW, TEXT, *names) if word in whole]
    assert frequent_needs(occurrence) == [("Dietary needs", [(MANY, 5)])]
