"""What a host adds by registration: checklist rules, kinds of email, and columns of exports."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from events.models import EventPage
from events.registrations import outbox
from events.registrations.emails import kinds
from events.registrations.emails.booking import BookingEmail
from events.registrations.review import export_columns
from events.registrations.review.export_columns import ExportColumn
from prevent_content import publishing
from prevent_content.checklist.rules import error
from tests.factories import RegistrationFactory, publish

pytestmark = pytest.mark.django_db


def test_a_rule_of_the_host_stops_publishing(event, monkeypatch):
    monkeypatch.setattr(publishing, "_rules", [])

    def has_an_audience(page, at):
        if not page.audience:
            yield error("no-audience", "Say who the event is for", field="audience")

    publishing.register_checklist_rule(EventPage, has_an_audience)
    event.audience = ""
    with pytest.raises(ValidationError, match="Say who the event is for") as refused:
        event.full_clean()
    assert [*refused.value.message_dict] == ["audience"]
    event.audience = "Everyone"
    publish(event)


def test_an_email_of_the_host_is_stored_and_composed_as_ours_are(
    event, monkeypatch, settings, tmp_path
):
    folder = tmp_path / "prevent_registrations" / "emails"
    folder.mkdir(parents=True)
    (folder / "parking.html").write_text(
        '{% extends "prevent_registrations/emails/booking.html" %}'
        "{% block opening %}<p>Park behind the hall.</p>{% endblock %}"
    )
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register_email_kinds(BookingEmail("parking", "Parking for your visit", lapses=True))
    registration = RegistrationFactory(occurrence=event.occurrences.get())
    (row,) = outbox.enqueue_emails(registration, [("parking", 1)], at=timezone.now())
    message = kinds.compose(row)
    assert message.to == [registration.email]
    assert message.subject == f"Parking for your visit ({registration.reference})"
    assert "Park behind the hall." in message.body
    with pytest.raises(ValueError, match="already"):
        kinds.register_email_kinds(BookingEmail("parking", "Parking"))


def test_a_column_of_the_host_is_in_exports_and_never_shows_answers(event, admin_user, monkeypatch):
    monkeypatch.setattr(export_columns, "_registered", {})
    registration = RegistrationFactory(occurrence=event.occurrences.get())
    chosen = type(registration).objects.all()
    column = ExportColumn("channel", "Came by", "channel", str.upper)
    export_columns.register_export_column(column)
    assert column in export_columns.columns_for(admin_user, chosen)
    batches = export_columns.export_batches(lambda user: chosen, [column], by=admin_user)
    assert list(batches) == [[["ONLINE"]]]
    for wrong in (column, ExportColumn("needs", "Needs", "sensitive_answers")):
        with pytest.raises(ValueError, match=r"already|cannot show answers"):
            export_columns.register_export_column(wrong)
