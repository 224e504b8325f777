"""Run inside an established host after the journey: its own apps and other sites are untouched.

The test prepends two names: ``API``, the address of the host's own API, and ``ROOT``, the path
prefix of the whole site.
"""
# ruff: noqa: F821 - those two

import datetime

from django.conf import settings
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse
from forms.models import Answer
from prevent_events.models import EventPage
from wagtail.images import get_image_model
from wagtail.models import Locale, Page, Site

from events.models import EventPage as OwnEventPage
from home.models import HomePage

setup_test_environment()
settings.ALLOWED_HOSTS = ["*"]
assert OwnEventPage._meta.label == "events.EventPage"
assert EventPage._meta.label == "prevent_events.EventPage"
assert get_image_model()._meta.label == "library.Picture"
Answer.objects.create(text="kept")

visitor = Client()
assert visitor.get("/own-events/").content == b"The host's own events"

# The host's API is its own, and serves our pages like its own.
page = EventPage.objects.get()
assert reverse("wagtailapi:pages:listing") == f"{ROOT}{API}pages/"
assert visitor.get(f"{API}answers/?fields=text").json()["items"][0]["text"] == "kept"
# The host answers unknown addresses: here its languages are tried.
response = visitor.get("/api/prevent/nothing/")
assert response.status_code == 302, response.status_code
listed = visitor.get(f"{API}pages/?type=prevent_events.EventPage&fields=*").json()["items"]
assert [item["id"] for item in listed] == [page.pk]
one = visitor.get(f"{API}pages/{page.pk}/").json()
assert one["meta"]["detail_url"].endswith(f"{ROOT}{API}pages/{page.pk}/"), one["meta"]
assert one["agenda"][0]["type"] == "refreshments", one["agenda"]
ours = visitor.get(f"/api/prevent/pages/{page.pk}/").json()
assert set(one) == set(ours)

home = Site.objects.get(is_default_site=True).root_page
own = OwnEventPage(title="Fair", slug="fair", starts_on=datetime.date(2027, 5, 1))
home.add_child(instance=own)
assert OwnEventPage.objects.count() == 1

other_home = HomePage(title="Parish", slug="parish")
Page.objects.get(depth=1).add_child(instance=other_home)
Site.objects.create(hostname="parish.example", port=80, root_page=other_home)
other = Client(SERVER_NAME="parish.example")
assert other.get("/api/prevent/occurrences/").json()["items"] == []
assert other.get("/api/prevent/events/").json()["items"] == []
assert "VEVENT" not in b"".join(other.get("/calendar/events.ics")).decode()
assert len(visitor.get("/api/prevent/occurrences/").json()["items"]) == 4

welsh = Locale.objects.create(language_code="cy")
event = EventPage.objects.get()
event.get_parent().get_parent().specific.get_parent().specific.copy_for_translation(welsh)
for page in event.get_ancestors().filter(depth__gt=2):
    page.specific.copy_for_translation(welsh, copy_parents=True)
copy = event.copy_for_translation(welsh, copy_parents=True)
copy.title = "Bwrdd crwn"
copy.save_revision().publish()
dates = visitor.get("/api/prevent/occurrences/").json()["items"]
assert {date["event"]["title"] for date in dates} == {"Community roundtable"}
assert len(dates) == 4
