"""What an established council site has: apps of the same names, other models, sites, languages."""

from psycopg.conninfo import conninfo_to_dict

from .hosts import POSTGRES as SERVER
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
API = """
from django.urls import path
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import BaseAPIViewSet, PagesAPIViewSet

from forms.models import Answer


class AnswersViewSet(BaseAPIViewSet):
    model = Answer
    body_fields = [*BaseAPIViewSet.body_fields, "text"]


router = WagtailAPIRouter("wagtailapi")
router.register_endpoint("pages", PagesAPIViewSet)
router.register_endpoint("answers", AnswersViewSet)
"""
SETTINGS = """
INSTALLED_APPS = ["events", "forms", "people", "library", *INSTALLED_APPS]
INSTALLED_APPS += ["wagtail.locales", "wagtail.api.v2", "rest_framework"]
MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
FORCE_SCRIPT_NAME = "/council"
AUTH_USER_MODEL = "people.Officer"
WAGTAILIMAGES_IMAGE_MODEL = "library.Picture"
WAGTAILDOCS_DOCUMENT_MODEL = "library.Paper"
WAGTAIL_I18N_ENABLED = True
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en-us", "English"), ("cy", "Welsh")]
"""
POSTGRES = """
INSTALLED_APPS.append("django.contrib.postgres")
DATABASES["default"] = {{
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "{name}",
    "USER": "{name}",
    "PASSWORD": "limited",
    "HOST": "{host}",
    "PORT": "{port}",
}}
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


def crowd(host: Host, *, api: str, database: str | None) -> None:
    """Give ``host`` what an established site has, before the plugin is installed.

    Its own API is at ``api``, and before our line in its urls if that is below "api/".
    """
    for app, source in MODELS.items():
        host.write(f"{app}/__init__.py", "")
        host.write(f"{app}/models.py", source)
        host.write(f"{app}/migrations/__init__.py", "")
    host.write("events/views.py", VIEW)
    host.write("council/api.py", API)
    host.write("council/templates/base.html", BASE)
    settings = f"{host.settings.read_text()}\n{SETTINGS}"
    if database:
        server = conninfo_to_dict(SERVER)
        place = {"host": server.get("host", ""), "port": server.get("port", "")}
        settings += POSTGRES.format(name=database, **place)
    host.settings.write_text(settings)
    imports = (
        "from django.conf.urls.i18n import i18n_patterns\n"
        "from council.api import router\nfrom events import views as event_views\n\n"
    )
    own = f'    path("{api}", router.urls),\n    path("own-events/", event_views.hello),\n'
    first, rest = host.urls.read_text().split("urlpatterns = [\n", 1)
    rest, pages = rest.split("urlpatterns = urlpatterns + [\n", 1)
    pages = pages.rsplit("]", 1)[0]
    # The guide's line is first in the list: an API that must precede it goes above.
    before, after = (own, "") if api.startswith("api/") else ("", own)
    host.urls.write_text(
        f"{first}{imports}urlpatterns = [\n{after}{rest}"
        f"urlpatterns = [\n{before}] + urlpatterns + i18n_patterns(\n{pages})\n"
    )
    host.manage("makemigrations", "events", "forms", "people", "library", "--verbosity", "0")
    host.manage("migrate", "--verbosity", "0")
