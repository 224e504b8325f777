"""Whose registrations somebody looks after: events given to people, by those with the right to."""

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from wagtail.admin import messages
from wagtail.log_actions import log
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin

from events.models import EventPage

from .. import permissions
from ..models import EventAssignment
from .filters import name_of
from .forms import PersonChoiceField, ReviewForm
from .views import ReviewView

GIVEN = "prevent_registrations.event_given"
TAKEN = "prevent_registrations.event_taken"


def people_who_see():
    """Return the active users whose groups let them see registrations of some events at least."""
    backend = f"{ModelBackend.__module__}.{ModelBackend.__name__}"
    return (
        get_user_model().objects.with_perm(permissions.VIEW, backend=backend).order_by("username")
    )


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
            "invalid_choice": "Choose somebody who may see registrations",
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
        self.fields["user"].queryset = people_who_see()

    def clean(self) -> dict:
        cleaned = super().clean()
        user, event = cleaned.get("user"), cleaned.get("event")
        if user and event and EventAssignment.objects.filter(user=user, event=event).exists():
            self.add_error("event", f"{name_of(user)} has this event already")
        return cleaned


class AssignmentIndexView(ReviewView):
    """Who has which events, and a form to give another; 422 for a mistake in it."""

    rights = (permissions.ASSIGN_EVENTS,)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(AssignmentForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AssignmentForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        asked = form.cleaned_data
        with transaction.atomic():
            given, is_new = EventAssignment.objects.get_or_create(**asked)
            if is_new:
                log(instance=given, action=GIVEN, user=request.user, title=str(given))
        messages.success(request, f"{name_of(asked['user'])} now has “{asked['event'].title}”.")
        return redirect(self.index_url)

    def show(self, form: AssignmentForm, *, status: int = 200) -> HttpResponse:
        everywhere = [
            person for person in people_who_see() if permissions.events_of(person) is None
        ]
        context = self.get_context_data(
            heading="Events of reviewers",
            form=form,
            rows=[
                {
                    "assignment": assignment,
                    "person": name_of(assignment.user),
                    "take_url": self.address("delete", assignment.pk),
                }
                for assignment in EventAssignment.objects.select_related("user", "event")
            ],
            everywhere=[name_of(person) for person in everywhere],
            breadcrumbs_items=[{"url": self.index_url, "label": "Events of reviewers"}],
        )
        return self.render_to_response(context, status=status)

    def get_template_names(self) -> list[str]:
        return ["prevent_registrations/review/assignments.html"]


class AssignmentTakeView(ReviewView):
    """Take an event from somebody, after saying what they see then."""

    rights = (permissions.ASSIGN_EVENTS,)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        assignment = get_object_or_404(
            EventAssignment.objects.select_related("user", "event"), pk=pk
        )
        is_last = not assignment.user.event_assignments.exclude(pk=pk).exists()
        context = self.get_context_data(
            heading="Take an event away",
            assignment=assignment,
            person=name_of(assignment.user),
            sees_everything_then=is_last
            and permissions.may(assignment.user, permissions.EVERY_EVENT),
            index_url=self.index_url,
            breadcrumbs_items=[{"url": self.index_url, "label": "Events of reviewers"}],
        )
        return self.render_to_response(context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        assignment = get_object_or_404(
            EventAssignment.objects.select_related("user", "event"), pk=pk
        )
        with transaction.atomic():
            log(instance=assignment, action=TAKEN, user=request.user, title=str(assignment))
            assignment.delete()
        messages.success(request, f"{name_of(assignment.user)} no longer has the event.")
        return redirect(self.index_url)

    def get_template_names(self) -> list[str]:
        return ["prevent_registrations/review/assignment_take.html"]


class AssignmentPermissionHelper(PermissionHelper):
    """The rights in the words that modeladmin asks in."""

    def user_can_list(self, user) -> bool:
        return permissions.may(user, permissions.ASSIGN_EVENTS)

    def user_can_inspect_obj(self, user, obj) -> bool:
        return False

    def user_can_create(self, user) -> bool:
        return False

    def user_can_edit_obj(self, user, obj) -> bool:
        return False

    def user_can_delete_obj(self, user, obj) -> bool:
        return permissions.may(user, permissions.ASSIGN_EVENTS)


class AssignmentAdmin(ModelAdmin):
    """Given and taken on screens of its own. Its menu item stands among the settings."""

    model = EventAssignment
    menu_label = "Events of reviewers"
    menu_icon = "group"
    add_to_settings_menu = True
    permission_helper_class = AssignmentPermissionHelper
    inspect_view_enabled = False
    history_view_enabled = False

    def get_admin_urls_for_registration(self) -> tuple:
        base, name = self.url_helper.base_url_path, self.url_helper.get_action_url_name
        return (
            path(f"{base}/", AssignmentIndexView.as_view(model_admin=self), name=name("index")),
            path(
                f"{base}/delete/<int:pk>/",
                AssignmentTakeView.as_view(model_admin=self),
                name=name("delete"),
            ),
        )

    def register_admin_url_finders(self) -> None:
        """Give Wagtail's reports no link: an assignment has no edit address."""

    def register_indexing(self) -> None:
        """Keep assignments out of the reference index: page editors need not know them."""
