"""The whole journey inside a host: publish, register, send, review, use the API.

It runs with only the host's settings and packages; every step asserts its result. The test prepends
``BASE_MARK``, which the host's base template writes.
"""
# ruff: noqa: F821 - that name

import datetime
import json
import re
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import get_script_prefix, reverse
from prevent_events.models import EventIndexPage, EventPage, Organiser, Venue
from prevent_events.recurrence_values import recurrence_for
from prevent_events.registrations.host_checks import base_template_has_our_blocks
from prevent_events.registrations.models import Registration, RegistrationField, RegistrationPage
from wagtail.models import Site

from prevent_content.models import PreventPage

setup_test_environment()
settings.ALLOWED_HOSTS = ["*"]
User = get_user_model()
ROOT = get_script_prefix().rstrip("/")
API = "/api/prevent"


def within(address):
    """Return the path of ``address`` below the whole site's path prefix."""
    return "/" + urlsplit(address).path.removeprefix(get_script_prefix())


site = Site.objects.get(is_default_site=True)


def publish(parent, page):
    parent.add_child(instance=page)
    page.save_revision().publish()
    return type(page).objects.get(pk=page.pk)


prevent = publish(
    site.root_page.specific,
    PreventPage(
        title="Prevent",
        slug="prevent",
        summary="What Prevent is for.",
        body=[("heading", {"text": "Objectives", "level": "h2"}), ("prose", "<p>Three.</p>")],
    ),
)
index = publish(prevent, EventIndexPage(title="Roundtables", slug="roundtables", summary="Come."))
first = datetime.date.today() + datetime.timedelta(days=30)
event = publish(
    index,
    EventPage(
        title="Community roundtable",
        slug="community-roundtable",
        summary="Hear and ask.",
        date=first,
        starts=datetime.time(18),
        ends=datetime.time(19, 30),
        recurrence=recurrence_for("FREQ=WEEKLY;COUNT=4", first=first),
        venue=Venue.objects.create(name="Hall", address="1 High Street", postcode="HP19 8FF"),
        organiser=Organiser.objects.create(team="Safety", inbox="inbox@council.example"),
        agenda=[
            (
                "refreshments",
                {
                    "starts": datetime.time(18),
                    "ends": None,
                    "served": "Tea and coffee",
                    "dietary": "",
                },
            )
        ],
    ),
)
assert event.occurrences.count() == 4
form_page = publish(
    event,
    RegistrationPage(
        title="Book a place",
        slug="register",
        privacy_text="<p>Kept for 30 days.</p>",
        form_fields=[RegistrationField(label="Your question", field_type="multiline")],
    ),
)
PAGES = within(prevent.url).rstrip("/")

visitor = Client()
for address in (
    within(site.root_page.url),
    f"{PAGES}/",
    f"{PAGES}/roundtables/",
    f"{PAGES}/roundtables/community-roundtable/",
    f"{PAGES}/roundtables/community-roundtable/register/",
    "/calendar/events.ics",
    f"/calendar/events/{event.pk}.ics",
    within(reverse("prevent_registrations:lost_link")),
    f"{API}/events/",
    f"{API}/events/{event.pk}/",
    f"{API}/occurrences/",
    f"{API}/openapi.json",
    f"{API}/docs",
    f"{API}/pages/",
    f"{API}/pages/{prevent.pk}/",
    f"{API}/pages/{event.pk}/",
    f"{API}/images/",
    f"{API}/documents/",
):
    response = visitor.get(address)
    assert response.status_code == 200, (address, response.status_code)
    if address.startswith(PAGES):
        assert BASE_MARK in response.content.decode(), address
page = visitor.get(f"{API}/pages/{prevent.pk}/").json()
assert page["meta"]["detail_url"].endswith(f"{ROOT}{API}/pages/{prevent.pk}/"), page["meta"]
assert page["body"][1]["value"] == "<p>Three.</p>", page["body"]
document = visitor.get(f"{API}/openapi.json").json()
assert f"{ROOT}{API}/events/" in document["paths"], list(document["paths"])
shown = visitor.get(f"{PAGES}/roundtables/community-roundtable/").content.decode()
head = shown.partition("</head>")[0]
if not base_template_has_our_blocks(None):
    for part in ('rel="canonical"', "og:title", "application/ld+json", 'type="text/calendar"'):
        assert part in head, (part, head)
for name in ("prevent/prevent.css", "prevent/prevent.js", "ninja/swagger-ui-bundle.js"):
    assert finders.find(name), name

date_uuid = str(event.occurrences.order_by("date").first().uuid)
address = f"{PAGES}/roundtables/community-roundtable/register/"
page = visitor.get(address).content.decode()
assert re.search(r'<div class="govuk-visually-hidden" aria-hidden="true" hidden>', page)
token = re.search(r'name="submission_key" value="([^"]+)"', page)[1]
time.sleep(3)
said = {
    "occurrence": date_uuid,
    "name": "Ada Visitor",
    "email": "ada@visitor.example",
    "question_your_question": "What is planned?",
    "consent": "on",
    "submission_key": token,
}
response = visitor.post(address, said)
assert response.status_code == 302, (response.status_code, response.content.decode()[:3000])
assert visitor.get(within(response["Location"])).status_code == 200

form = visitor.get(f"{API}/registration-forms/{form_page.pk}/").json()
time.sleep(3)
response = visitor.post(
    f"{API}/registrations/",
    json.dumps(
        {
            "form": form["id"],
            "occurrence": date_uuid,
            "name": "Eve Visitor",
            "email": "eve@visitor.example",
            "consent": True,
            "consent_version": (form["consent"] or {"version": ""})["version"],
        }
    ),
    content_type="application/json",
    headers={"Idempotency-Key": form["token"]},
)
assert response.status_code == 201, response.content
assert Registration.objects.count() == 2

settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
call_command("send_outbox")
assert len(mail.outbox) == 4, len(mail.outbox)
call_command("run_due_jobs")

lead = User.objects.create_user(username="lead", email="lead@council.example", password="x")
lead.groups.add(Group.objects.get(name="Safeguarding leads"))
desk = Client()
desk.force_login(lead)
cms = within(reverse("wagtailadmin_home"))
listed = desk.get(f"{cms}prevent_registrations/registration/")
assert listed.status_code == 200, listed.status_code
assert "Ada Visitor" in listed.content.decode()
one = Registration.objects.get(name="Ada Visitor")
looked = desk.get(f"{cms}prevent_registrations/registration/inspect/{one.pk}/")
assert looked.status_code == 200, looked.status_code

admin = User.objects.create_superuser(username="admin", email="a@council.example", password="x")
desk.force_login(admin)
for page in (prevent, index, event, form_page):
    assert desk.get(f"{cms}pages/{page.pk}/edit/").status_code == 200, page
assert desk.get(f"{cms}event-dates/{event.pk}/").status_code in (200, 302)
assert desk.get(cms).status_code == 200
