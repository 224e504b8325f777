"""Assigning events to people, which limits their rights to the registrations of those events."""

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from wagtail.admin import messages
from wagtail.admin.utils import get_user_display_name
from wagtail.log_actions import log

from events.models import EventPage

from .. import permissions
from ..models import EventAssignment
from .base import ReviewView
from .forms import PersonChoiceField, ReviewForm

GIVEN = "prevent_registrations.event_given"
TAKEN = "prevent_registrations.event_taken"


class EventChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, event: EventPage) -> str:
        return event.get_admin_display_title()


class AssignmentForm(ReviewForm):
    """A person and an event."""

    user = PersonChoiceField(
        None,
        label="Person",
        empty_label="Choose a person",
        error_messages={
            "required": "Choose a person",
            "invalid_choice": "Choose someone who may see registrations",
        },
    )
    event = EventChoiceField(
        EventPage.objects.order_by("title"),
        empty_label="Choose an event",
        error_messages={
            "required": "Choose an event",
            "invalid_choice": "Choose one of the events in the list",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = permissions.with_right(permissions.VIEW).order_by("username")

    def clean(self) -> dict:
        cleaned = super().clean()
        user, event = cleaned.get("user"), cleaned.get("event")
        if user and event and EventAssignment.objects.filter(user=user, event=event).exists():
            self.add_error("event", f"{get_user_display_name(user)} has this event already")
        return cleaned


class AssignmentView(ReviewView):
    rights = (permissions.ASSIGN_EVENTS,)
    url_prefix = "prevent_registrations_eventassignment_modeladmin"
    index_title = "Events of reviewers"


class AssignmentIndexView(AssignmentView):
    """Who has which events, and a form to assign another; 422 for a mistake in it."""

    template_name = "prevent_registrations/review/assignments.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(AssignmentForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AssignmentForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        user, event = form.cleaned_data["user"], form.cleaned_data["event"]
        with transaction.atomic():
            assignment, is_new = EventAssignment.objects.get_or_create(user=user, event=event)
            if is_new:
                log(instance=assignment, action=GIVEN, user=request.user, title=str(assignment))
        messages.success(request, f"{get_user_display_name(user)} now has “{event.title}”.")
        return redirect(self.index_url)

    def show(self, form: AssignmentForm, *, status: int = 200) -> HttpResponse:
        viewers = permissions.with_right(permissions.VIEW).order_by("username")
        context = self.get_context_data(
            form=form,
            rows=[
                {
                    "assignment": assignment,
                    "person": get_user_display_name(assignment.user),
                    "take_url": self.address("delete", assignment.pk),
                }
                for assignment in EventAssignment.objects.select_related("user", "event")
            ],
            everywhere=[
                get_user_display_name(person)
                for person in viewers
                if permissions.events_of(person) is None
            ],
        )
        return self.render_to_response(context, status=status)


class AssignmentDeleteView(AssignmentView):
    """Remove an event from a person, after a page that shows what they will see."""

    template_name = "prevent_registrations/review/assignment_delete.html"
    page_title = "Take an event away"

    @cached_property
    def assignment(self) -> EventAssignment:
        rows = EventAssignment.objects.select_related("user", "event")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = self.assignment.user
        is_last = not user.event_assignments.exclude(pk=pk).exists()
        context = self.get_context_data(
            assignment=self.assignment,
            person=get_user_display_name(user),
            will_see_everything=is_last and permissions.may(user, permissions.EVERY_EVENT),
        )
        return self.render_to_response(context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        assignment = self.assignment
        with transaction.atomic():
            log(instance=assignment, action=TAKEN, user=request.user, title=str(assignment))
            assignment.delete()
        name = get_user_display_name(assignment.user)
        messages.success(request, f"{name} no longer has the event.")
        return redirect(self.index_url)
