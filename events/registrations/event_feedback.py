"""Feedback on an event: an anonymous form for people who came, at one link for all."""

from datetime import datetime, timedelta

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from events.english_dates import LONDON
from events.models import Occurrence

from .form_responses import (
    answers_so_far,
    data_for,
    private,
    public_form,
    refusal,
    show,
    show_form,
    too_many,
)
from .guarded_forms import TOO_LONG, GuardedForm
from .models import EventFeedback, RegistrationPage
from .questions import several_lines

TEMPLATE = "feedback/event"
# How long people can answer after the event.
OPEN_FOR = timedelta(days=30)
OWN = "own_"


def asked_about(token: str, *, at: datetime) -> tuple[Occurrence, RegistrationPage]:
    """Return what the link is about. Raises ``Http404`` if it is forged or too old."""
    pk = EventFeedback.read_link_token(token)
    occurrence = Occurrence.objects.filter(pk=pk, ends_at__lte=at, ends_at__gt=at - OPEN_FOR)
    found = occurrence.select_related("event").first()
    page = (
        RegistrationPage.objects.live().child_of(found.event).first()
        if found is not None and found.event is not None
        else None
    )
    if found is None or page is None or not page.ask_feedback:
        raise Http404
    return found, page


def required(sentence: str) -> dict:
    return {"required": sentence, "invalid_choice": sentence}


class EventFeedbackForm(GuardedForm):
    """Three fixed questions for every event, and up to three of the editor's own."""

    kind = "event feedback"

    overall = forms.ChoiceField(
        label=_("Overall, how was the event?"),
        choices=EventFeedback.Overall.choices,
        widget=forms.RadioSelect,
        error_messages=required(_("Say how the event was")),
    )
    learned = forms.ChoiceField(
        label=_("Did you find out what you wanted to know?"),
        choices=EventFeedback.Extent.choices,
        widget=forms.RadioSelect,
        error_messages=required(_("Say whether you found out what you wanted to know")),
    )
    took_part = forms.ChoiceField(
        label=_("Could you take part in the way you wanted?"),
        choices=EventFeedback.Extent.choices,
        widget=forms.RadioSelect,
        error_messages=required(_("Say whether you could take part in the way you wanted")),
    )

    def __init__(self, *args, occurrence: Occurrence, page: RegistrationPage, at: datetime, **kw):
        self.form_key = f"feedback {occurrence.pk}"
        super().__init__(*args, at=at, **kw)
        self.questions = page.feedback_questions
        for number, question in enumerate(self.questions):
            self.fields[f"{OWN}{number}"] = forms.CharField(
                label=question,
                required=False,
                max_length=500,
                help_text=_("Do not include your name or anything else that could identify you"),
                validators=[several_lines],
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages=TOO_LONG,
            )
        self.put_last("contact_me_by_fax", "submission_key")

    def own_answers(self) -> list[list[str]]:
        pairs = (
            [question, self.cleaned_data[f"{OWN}{number}"]]
            for number, question in enumerate(self.questions)
        )
        return [[question, answer] for question, answer in pairs if answer]


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
def give(request: HttpRequest, token: str) -> HttpResponse:
    """Ask how the event was, or save the answer and redirect to the thanks."""
    now = timezone.now()
    occurrence, page = asked_about(token, at=now)
    answers = answers_so_far(request)
    form = EventFeedbackForm(data_for(request, answers), occurrence=occurrence, page=page, at=now)
    context = {"form": form, "about": occurrence}
    if request.method != "POST":
        return show_form(request, form, TEMPLATE, context, answers)
    if response := refusal(request, form, TEMPLATE, context):
        return response
    if form.exceeds_limits(request):
        return too_many(request, form, TEMPLATE, context)
    given = form.cleaned_data
    EventFeedback.objects.get_or_create(
        submission_key=given["submission_key"],
        defaults={
            "occurrence": occurrence,
            "overall": given["overall"],
            "learned": given["learned"],
            "took_part": given["took_part"],
            "own": form.own_answers(),
            "on": now.astimezone(LONDON).date(),
        },
    )
    return private(redirect("prevent_feedback:event_thanks", token))


@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    occurrence, _page = asked_about(token, at=timezone.now())
    return show(request, "feedback/event_thanks", {"about": occurrence})
