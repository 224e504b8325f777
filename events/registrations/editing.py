"""Editing a registration page: its panels, the form that checks them, email previews."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm
from wagtail.models import Page

from events.english_dates import LONDON
from events.models import Occurrence
from prevent_content.checklist.panels import ChecklistPanel
from prevent_content.page_editor_form import PublishRulesForm
from prevent_content.widgets import DateTimeInput

from .emails.facts import facts_of_date
from .emails.kinds import kind_of
from .held_places import hold_until
from .models import OutboundEmail, Registration, RegistrationField, RegistrationPage
from .models.questions import condition_error
from .models.routing import RoutingMixin

Kind = OutboundEmail.Kind
Status = Registration.Status
CONTENT_PANELS = [
    *Page.content_panels,
    ChecklistPanel(heading="Before publishing", icon="check"),
    FieldPanel("introduction"),
    InlinePanel("form_fields", heading="Questions", label="Question"),
    MultiFieldPanel(
        [
            FieldPanel("privacy_text"),
            FieldPanel("consent_text"),
            FieldRowPanel([FieldPanel("retention_days"), FieldPanel("sensitive_retention_days")]),
        ],
        heading="Privacy",
    ),
    FieldPanel("confirmation_text"),
    MultiFieldPanel(
        [
            FieldPanel("capacity"),
            FieldPanel("max_guests"),
            FieldPanel("waiting_list"),
            FieldPanel("confirm_email"),
            FieldPanel("approval"),
        ],
        heading="Places",
    ),
    MultiFieldPanel(
        [
            FieldRowPanel([FieldPanel("opens_days_before"), FieldPanel("closes_hours_before")]),
            FieldRowPanel(
                [
                    FieldPanel("opens_at", widget=DateTimeInput),
                    FieldPanel("closes_at", widget=DateTimeInput),
                ]
            ),
            FieldPanel("before_text"),
            FieldPanel("after_text"),
            FieldPanel("check_answers"),
        ],
        heading="Opening and closing",
    ),
    MultiFieldPanel(
        [
            FieldPanel("ask_feedback"),
            FieldPanel("feedback_question_1"),
            FieldPanel("feedback_question_2"),
            FieldPanel("feedback_question_3"),
        ],
        heading="Feedback after the event",
    ),
    *RoutingMixin.routing_panels,
    InlinePanel("wordings", heading="Emails", label="Opening paragraph"),
]
# Without Wagtail's go-live and expiry times, which follow the event's.
SETTINGS_PANELS = Page.settings_panels[1:]


class RegistrationPageForm(PublishRulesForm, WagtailAdminFormPageForm):
    """The editor's form: publishing rules, unique question names, possible conditions."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A new page has no place in the tree yet by which to find its event.
        self.instance.future_parent = self.parent_page

    def clean(self) -> dict:
        cleaned = super().clean()
        earlier: dict[str, RegistrationField] = {}
        forms = [
            form
            for form in self.formsets["form_fields"].forms
            if form.is_valid() and not form.cleaned_data.get("DELETE")
        ]
        for form in sorted(forms, key=lambda form: form.cleaned_data.get("ORDER") or 0):
            if error := condition_error(form.instance, earlier):
                form.add_error("depends_on", error)
            earlier[form.instance.label] = form.instance
        return cleaned


# The status in which a person gets each email; by default, a confirmed place.
STATUSES = {
    Kind.HELD: Status.HELD,
    Kind.RECEIVED: Status.RECEIVED,
    Kind.WAITING: Status.WAITING,
    Kind.DECLINED: Status.DECLINED,
    Kind.WITHDRAWN: Status.WITHDRAWN,
    Kind.CANCELLED_BY_US: Status.WITHDRAWN,
}
# The date's status for each email, and the reason given.
DATES = {
    Kind.DATE_CANCELLED: (Occurrence.Status.CANCELLED, "The speaker is ill."),
    Kind.DATE_POSTPONED: (Occurrence.Status.POSTPONED, "The speaker is ill."),
    Kind.MOVED_ONLINE: (Occurrence.Status.MOVED_ONLINE, "The hall was flooded."),
    Kind.DATE_CHANGED: (Occurrence.Status.SCHEDULED, "The hall was flooded."),
    Kind.VENUE_CHANGED: (Occurrence.Status.SCHEDULED, "The hall was flooded."),
}


def made_up_date(page: RegistrationPage, kind: str, *, at: datetime) -> Occurrence:
    """Return the event's next date, or an invented one, in the state when ``kind`` is sent."""
    coming = page.coming_occurrences(at=at)
    if coming:
        date = coming[0]
    else:
        starts_at = (at.astimezone(LONDON) + timedelta(days=14)).replace(
            hour=18, minute=0, second=0, microsecond=0
        )
        date = Occurrence(
            event=page.event,
            title=page.event.title if page.event else page.title,
            date=starts_at.date(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=90),
            changed_at=at,
        )
    date.status, date.reason = DATES.get(kind, (Occurrence.Status.SCHEDULED, ""))
    return date


def made_up_registration(page: RegistrationPage, kind: str, *, at: datetime) -> Registration:
    """Return an invented registration that is not in the database."""
    occurrence = made_up_date(page, kind, at=at)
    return Registration(
        reference="PR-EXAM-PPPP",
        link_key="preview",
        page=page,
        occurrence=occurrence,
        status=STATUSES.get(kind, Status.CONFIRMED),
        name="Sam Example",
        email="sam@visitor.example",
        guests=min(1, page.max_guests),
        received_at=at,
        held_until=hold_until(occurrence, at=at),
        erase_at=page.erase_at(occurrence),
    )


def show_email(request: HttpRequest, page: RegistrationPage, kind: str) -> HttpResponse:
    """Show the email of ``kind`` as ``page``, published or not, would send it."""
    at = timezone.now()
    registration = made_up_registration(page, kind, at=at)
    was = facts_of_date(registration.occurrence)
    for name in ("starts_at", "ends_at"):
        was[name] = (datetime.fromisoformat(was[name]) - timedelta(days=7)).isoformat()
    message = kind_of(kind).message(registration, {"was": was}, at=at)
    context = {
        "page": page,
        "subject": message.subject,
        "recipient": registration.email,
        "reply_to": message.reply_to,
        "attachments": [name for name, *_ in message.attachments],
        "plain": message.body,
        "html": message.alternatives[0].content,
    }
    return TemplateResponse(request, "prevent_registrations/emails/preview.html", context)
