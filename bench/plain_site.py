"""What a council would use instead: a plain Wagtail site with events and Wagtail's own form.

``wagtail start`` makes it. We add an app of one module: an index of events, events with bodies as
long as ours, and a form page that stores and emails each submission.
"""

import os
import subprocess
import sys
from pathlib import Path

SETTINGS = """
import os
import environ
from .base import *
DEBUG = False
SECRET_KEY = "bench"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS += ["plain_events", "wagtail.api.v2"]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": {**environ.Env().db(), "CONN_MAX_AGE": 60}}
else:
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}
"""
MODELS = """
from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock, RichTextBlock, StructBlock, TimeBlock
from wagtail.contrib.forms.models import AbstractEmailForm, AbstractFormField
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

class EventIndexPage(Page):
    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        context["events"] = EventPage.objects.child_of(self).live().order_by("starts_at")[:20]
        return context

class EventPage(Page):
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=200)
    introduction = RichTextField()
    body = StreamField([("heading", CharBlock()), ("text", RichTextBlock())])
    agenda = StreamField([("item", StructBlock([("starts", TimeBlock()), ("title", CharBlock())]))])

class FormField(AbstractFormField):
    page = ParentalKey("FormPage", on_delete=models.CASCADE, related_name="form_fields")

class FormPage(AbstractEmailForm):
    pass
"""
TEMPLATES = {
    "event_index_page": """<h1>{{ page.title }}</h1><ul>{% for event in events %}
<li><a href="{% pageurl event %}">{{ event.title }}</a> {{ event.starts_at }} {{ event.place }}</li>
{% endfor %}</ul>""",
    "event_page": """<h1>{{ page.title }}</h1>
<p>{{ page.starts_at }} to {{ page.ends_at }}, {{ page.place }}</p>
{{ page.introduction|richtext }}<dl>{% for item in page.agenda %}
<dt>{{ item.value.starts }}</dt><dd>{{ item.value.title }}</dd>{% endfor %}</dl>{{ page.body }}
{% for child in page.get_children.live %}<a href="{% pageurl child %}">{{ child.title }}</a>
{% endfor %}""",
    "form_page": """<h1>{{ page.title }}</h1><form method="post" action="{% pageurl page %}">
{% csrf_token %}{{ form.as_p }}<button>Send</button></form>""",
    "form_page_landing": "<h1>Thank you</h1>",
}
PAGE = """{{% extends "base.html" %}}{{% load wagtailcore_tags %}}
{{% block content %}}{}{{% endblock %}}"""
CONTENT = """
import json
from datetime import time, timedelta
from django.utils import timezone
from wagtail.models import Page, Site
from plain_events.models import EventIndexPage, EventPage, FormField, FormPage
root = Site.objects.get().root_page
index = root.add_child(instance=EventIndexPage(title="Events", slug="events"))
body = []
for number in range(10):
    text = "".join(f"<p>{'Anyone in the county can come along. ' * 6}</p>" for _ in range(3))
    body += [("heading", f"Part {number}"), ("text", text)]
agenda = [("item", {"starts": time(18, 5 * n), "title": f"Item {n}"}) for n in range(8)]
for number in range(20):
    starts = timezone.now() + timedelta(days=60 + number)
    event = index.add_child(instance=EventPage(
        title=f"Event {number}", slug=f"event-{number}", starts_at=starts, place="Meadow Lane Hall",
        ends_at=starts + timedelta(minutes=90), introduction="<p>Come along.</p>", body=body,
        agenda=agenda,
    ))
form = event.add_child(instance=FormPage(title="Book", slug="book", subject="Booking",
    to_address="organiser@council.example", from_address="website@council.example"))
for label, kind in [("Name", "singleline"), ("Email", "email"), ("Guests", "number")]:
    FormField.objects.create(page=form, label=label, field_type=kind, required=kind != "number")
"""


def make_plain_site(folder: Path, database_url: str) -> dict[str, str]:
    """Make the site in ``folder``; return the environment its processes need."""
    folder.mkdir()
    wagtail = Path(sys.executable).with_name("wagtail")
    subprocess.run([wagtail, "start", "plain", folder], check=True, capture_output=True)
    (folder / "plain" / "settings" / "bench.py").write_text(SETTINGS)
    app = folder / "plain_events"
    pages = app / "templates" / "plain_events"
    pages.mkdir(parents=True)
    (app / "__init__.py").touch()
    (app / "models.py").write_text(MODELS)
    for name, markup in TEMPLATES.items():
        (pages / f"{name}.html").write_text(PAGE.format(markup))
    added = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "plain.settings.bench"}
    for command in (
        ["makemigrations", "plain_events", "--verbosity", "0"],
        ["migrate", "--verbosity", "0"],
        ["shell", "--command", CONTENT],
    ):
        subprocess.run(
            [sys.executable, folder / "manage.py", *command],
            env=os.environ | added,
            check=True,
            capture_output=True,
        )
    return added
