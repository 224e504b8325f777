"""The screens on which staff email everyone on a date, and follow the progress."""

import secrets
from dataclasses import asdict

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from wagtail.admin import messages

from events.admin.action_forms import validate_no_address

from .. import date_messages, permissions
from ..actions import RegistrationActionError
from ..availability import form_of
from ..emails.messages import MESSAGE
from ..emails.organiser import REVEALING
from ..models import DateMessage, Registration
from ..questions import one_line, several_lines
from .door_list import DateView
from .forms import ReviewForm

Status = Registration.Status
FIELDS_HELP = "{name} and {date} are filled in for each person. Leave out links and email addresses"
# In place of the link to the person's own page, which staff do not see.
LINK_IN_PREVIEW = "https://…"


def validate_fields(text: str) -> None:
    """Raise ``ValidationError`` for an unknown field."""
    if unknown := date_messages.unknown_fields(text):
        raise forms.ValidationError(
            f"{unknown[0]} cannot be filled in. Use {{name}} or {{date}}", code="field"
        )


def validate_neutral(text: str) -> None:
    """Raise ``ValidationError`` if the subject reveals what the event is about."""
    if found := [word for word in REVEALING if word in text.casefold()]:
        raise forms.ValidationError(
            f"Leave out words such as “{found[0]}”. Others may see the subject on a screen",
            code="revealing",
        )


class MessageForm(ReviewForm):
    """Who gets a message, and its text. ``key`` identifies one message, sent once."""

    statuses = forms.MultipleChoiceField(
        label="Who gets it",
        choices=[(status.value, status.label) for status in date_messages.STATUSES],
        initial=[Status.CONFIRMED],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose who gets the email",
            "invalid_choice": "Choose statuses from the list",
        },
    )
    subject = forms.CharField(
        max_length=100,
        validators=[one_line, validate_no_address, validate_fields, validate_neutral],
        help_text="Others may see it on a screen, so leave out what the event is about",
        error_messages={
            "required": "Enter a subject",
            "max_length": "Enter a subject of 100 characters or fewer",
        },
    )
    text = forms.CharField(
        label="Message",
        max_length=4000,
        validators=[several_lines, validate_no_address, validate_fields],
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=f"Plain text, after “Dear” and the name. {FIELDS_HELP}. Do not name anyone",
        error_messages={
            "required": "Enter a message",
            "max_length": "Enter a message of 4,000 characters or fewer",
        },
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class MessageView(DateView):
    """Write a message, preview it, and send it; 422 for a mistake."""

    rights = (permissions.VIEW, permissions.MESSAGE)
    name = "Email everyone"
    template_name = "prevent_registrations/review/message.html"

    def get(self, request: HttpRequest, uuid) -> HttpResponse:
        return self.write(MessageForm(initial={"key": new_key()}))

    def post(self, request: HttpRequest, uuid) -> HttpResponse:
        form = MessageForm(request.POST)
        if not form.is_valid():
            return self.write(form, status=422)
        if "change" in request.POST:
            return self.write(form)
        if "send" in request.POST and form.cleaned_data["key"]:
            return self.send(form)
        return self.preview(form)

    def send(self, form: MessageForm) -> HttpResponse:
        try:
            message, is_new = date_messages.send(
                self.occurrence, **form.cleaned_data, by=self.request.user, at=timezone.now()
            )
        except RegistrationActionError as error:
            form.add_error("statuses", str(error))
            return self.write(form, status=409)
        if message.occurrence_id != self.occurrence.pk:
            form.add_error(None, "Nothing was sent. Go to the date and write the message again")
            return self.write(form, status=409)
        if not is_new:
            messages.info(self.request, "This message was sent before. It was not sent again.")
        return redirect(self.address("message_sent", self.occurrence.uuid, message.pk))

    def preview(self, form: MessageForm) -> HttpResponse:
        cleaned = form.cleaned_data
        found = date_messages.recipients(
            self.occurrence, cleaned["statuses"], user=self.request.user
        )
        if not found.registrations:
            form.add_error("statuses", "Nobody with these statuses has an email address")
            return self.write(form, status=422)
        # A message changed after sending is a new one.
        if not cleaned["key"] or DateMessage.objects.filter(key=cleaned["key"]).exists():
            cleaned["key"] = new_key()
        message = DateMessage(subject=cleaned["subject"], text=cleaned["text"])
        email = MESSAGE.written(
            self.example(cleaned["statuses"]), message, link=LINK_IN_PREVIEW, at=timezone.now()
        )
        return self.show(
            found=found,
            email=email,
            hidden=[
                *(("statuses", status) for status in cleaned["statuses"]),
                *((name, cleaned[name]) for name in ("subject", "text", "key")),
            ],
        )

    def example(self, statuses: list[str]) -> Registration:
        """Return one recipient the reader may see, preferably not a discreet one."""
        rows = Registration.objects.viewable_by(self.request.user).filter(
            occurrence=self.occurrence, status__in=statuses
        )
        rows = rows.exclude(email="").select_related("page", "occurrence__event")
        ordered = rows.defer("sensitive_answers").order_by("discreet", "received_at", "pk")
        return ordered.first() or Registration(
            reference="PR-EXAM-PPPP",
            name="Sam Example",
            page=form_of(self.occurrence.event) if self.occurrence.event else None,
            occurrence=self.occurrence,
            status=Status.CONFIRMED,
            erase_at=self.occurrence.ends_at,
        )

    def write(self, form: MessageForm, *, status: int = 200) -> HttpResponse:
        sent = self.occurrence.messages.select_related("by__wagtail_userprofile")
        earlier = [
            (row, self.address("message_sent", self.occurrence.uuid, row.pk)) for row in sent
        ]
        return self.show(form=form, earlier=earlier, status=status)


def new_key() -> str:
    return secrets.token_urlsafe(18)


class MessageSentView(DateView):
    """How many of a message's emails were sent; a POST abandons the rest."""

    rights = MessageView.rights
    name = "Email to everyone"
    template_name = "prevent_registrations/review/message_sent.html"

    @property
    def message(self) -> DateMessage:
        rows = self.occurrence.messages.select_related("by__wagtail_userprofile")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, uuid, pk: int) -> HttpResponse:
        message = self.message
        progress = date_messages.progress(message)
        if request.headers.get("X-Requested-With") == "fetch":
            response = JsonResponse({**asdict(progress), "done": progress.done})
            add_never_cache_headers(response)
            return response
        statuses = dict(Status.choices)
        return self.show(
            message=message,
            progress=progress,
            statuses=[statuses[status] for status in message.statuses],
            dates_url=self.address("dates"),
            write_url=self.address("message", self.occurrence.uuid),
        )

    def post(self, request: HttpRequest, uuid, pk: int) -> HttpResponse:
        message = self.message
        number = date_messages.stop(message)
        messages.success(request, f"{number} of the emails will not be sent.")
        return redirect(self.address("message_sent", self.occurrence.uuid, message.pk))
