"""What a grown council site has: apps of the same names, models of its own, sites, languages."""

from .hosts import Host

MODELS = {
    "events": '''
from django.db import models
from wagtail.models import Page


class EventPage(Page):
    """The host's own events, which know nothing of ours."""

    parent_page_types = ["home.HomePage"]
    starts_on = models.DateField(null=True)
''',
    "forms": """
from django.db import models


class Answer(models.Model):
    text = models.TextField()
""",
    "people": """
from django.contrib.auth.models import AbstractUser
from django.db import models


class Officer(AbstractUser):
    telephone = models.CharField(max_length=40, blank=True)
""",
    "library": """
from django.db import models
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, Image


class Picture(AbstractImage):
    credit = models.CharField(max_length=100, blank=True)
    admin_form_fields = (*Image.admin_form_fields, "credit")


class PictureRendition(AbstractRendition):
    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = [("image", "filter_spec", "focal_point_key")]


class Paper(AbstractDocument):
    admin_form_fields = Document.admin_form_fields
""",
}
SETTINGS = """
INSTALLED_APPS = ["events", "forms", "people", "library", *INSTALLED_APPS]
INSTALLED_APPS.append("wagtail.locales")
MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
AUTH_USER_MODEL = "people.Officer"
WAGTAILIMAGES_IMAGE_MODEL = "library.Picture"
WAGTAILDOCS_DOCUMENT_MODEL = "library.Paper"
WAGTAIL_I18N_ENABLED = True
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en-us", "English"), ("cy", "Welsh")]
"""
BASE = """{% load static %}<!doctype html>
<html lang="en"><head><title>{% block title %}{% endblock %}</title>
{% block extra_css %}{% endblock %}
</head><body><p>The council’s own frame</p><main>{% block content %}{% endblock %}</main>
{% block extra_js %}{% endblock %}</body></html>
"""
VIEW = """
from django.http import HttpResponse


def hello(request):
    return HttpResponse("The host's own events")
"""


def crowd(host: Host) -> None:
    """Give ``host`` what a grown site has, before anything of ours comes in."""
    for app, source in MODELS.items():
        host.write(f"{app}/__init__.py", "")
        host.write(f"{app}/models.py", source)
        host.write(f"{app}/migrations/__init__.py", "")
    host.write("events/views.py", VIEW)
    host.write("council/templates/base.html", BASE)
    host.settings.write_text(f"{host.settings.read_text()}\n{SETTINGS}")
    urls = host.urls.read_text()
    host.urls.write_text(
        urls.replace(
            "urlpatterns = [\n",
            "from events import views as event_views\n\n"
            'urlpatterns = [\n    path("own-events/", event_views.hello),\n',
            1,
        )
    )
    host.manage("makemigrations", "events", "forms", "people", "library", "--verbosity", "0")
    host.manage("migrate", "--verbosity", "0")
