"""A site adds a kind of running order line with one class and one template."""

from copy import deepcopy
from datetime import time

import pytest
from django.core.management import call_command
from django.urls import reverse
from wagtail.blocks import CharBlock

from events import blocks
from events.admin.panels import entries_of_form
from events.agenda import AgendaEntry
from events.blocks import AgendaBlock, ClockBlock, register_agenda_block
from events.calendars import calendar_file
from events.models import EventPage
from tests.factories import publish


class PanelBlock(AgendaBlock):
    starts = ClockBlock()
    ends = ClockBlock(required=False)
    topic = CharBlock()

    class Meta:
        icon = "group"
        template = "host/panel.html"

    def line_label(self, value):
        return f"Panel: {value.get('topic', '')}"


@pytest.fixture
def panel(monkeypatch, settings, tmp_path):
    """Register ``PanelBlock`` as a host's app does, before any page uses its blocks."""
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "panel.html").write_text("<li>{{ value.line_label }}!</li>")
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], tmp_path]
    settings.TEMPLATES = templates
    monkeypatch.setattr(blocks.AgendaStreamBlock, "registered", {})
    monkeypatch.delitem(vars(EventPage._meta.get_field("agenda")), "stream_block", raising=False)
    register_agenda_block("panel", PanelBlock())


@pytest.fixture
def panel_event(panel, event):
    event = EventPage.objects.get(pk=event.pk)
    event.agenda = [("panel", {"starts": time(18), "ends": time(19), "topic": "Schools"})]
    return publish(event)


def test_an_event_with_it_is_published_and_shown(client, panel_event):
    assert "<li>Panel: Schools!</li>" in client.get(panel_event.url).content.decode()


def test_its_preview_works(panel_event, rf):
    preview = panel_event.make_preview_request(preview_mode=panel_event.default_preview_mode)
    assert "<li>Panel: Schools!</li>" in preview.render().content.decode()


def test_the_running_order_is_checked_with_it(panel_event):
    (gap,) = panel_event.review_agenda().gaps
    assert str(gap) == "30 minutes from 7pm to 7:30pm"
    assert panel_event.findings(at=panel_event.first_published_at)


def test_the_editor_reads_it_from_the_form(panel):
    posted = {
        "agenda-count": "1",
        "agenda-0-type": "panel",
        "agenda-0-order": "0",
        "agenda-0-deleted": "",
        "agenda-0-value-starts": "18:00",
        "agenda-0-value-ends": "",
        "agenda-0-value-topic": "Schools",
    }
    assert entries_of_form(posted) == [AgendaEntry("item", "Panel: Schools", time(18))]


def test_calendars_and_emailed_files_name_it(client, panel_event):
    row = panel_event.occurrences.get()
    feed = client.get(reverse("prevent_events:event_calendar", args=[panel_event.pk]))
    for content in (b"".join(feed.streaming_content), calendar_file(row)):
        assert b"6pm to 7pm: Panel: Schools" in content.replace(b"\r\n ", b"")


def test_the_apis_serve_it(client, panel_event):
    (line,) = client.get(f"/api/events/{panel_event.pk}/").json()["agenda"]
    value = {"starts": "18:00", "ends": "19:00", "topic": "Schools"}
    assert (line["type"], line["label"], line["value"]) == ("panel", "Panel: Schools", value)
    (line,) = client.get(f"/api/v2/pages/{panel_event.pk}/").json()["agenda"]
    assert (line["type"], line["value"]) == ("panel", value)


@pytest.mark.django_db
def test_it_needs_no_migration(panel):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("name", ["item", "panel"])
def test_a_name_can_be_registered_once(panel, name):
    with pytest.raises(ValueError, match="already"):
        register_agenda_block(name, PanelBlock())
