"""The forms for changing one date: what each asks, announces and does."""

import re
from collections.abc import Callable
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prevent_content.cleaned_forms import CleanedTextMixin

from .. import actions
from ..actions import OccurrenceActionError
from ..models import AttendanceMode, Occurrence, OccurrenceChange, Venue
from .wording import in_short

Status = Occurrence.Status
# A web or email address, with or without its scheme.
LEADS_SOMEWHERE = re.compile(
    r"https?:|www\.|\S+@\S+|\b[\w-]+\.(?:com|org|net|uk|info|io|co|gov|eu|me|ly|app)\b",
    re.IGNORECASE,
)


def reason_field() -> forms.CharField:
    """Return the field for the public reason."""
    return forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=250,
        validators=[validate_no_address],
        help_text=gettext_lazy(
            "Shown on the website and emailed to the people who booked. Do not name anyone or "
            "include links or email addresses"
        ),
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-field__autosize"}),
        error_messages={
            "required": gettext_lazy("Enter a reason. It will be public"),
            "max_length": gettext_lazy(
                "Enter a reason of %(limit_value)d characters or fewer. It has %(show_value)d"
            ),
        },
    )


def validate_no_address(text: str) -> None:
    """Raise ``ValidationError`` if the text contains an address."""
    if LEADS_SOMEWHERE.search(text):
        raise ValidationError(
            _("Do not include links or email addresses. We email what you write here"),
            code="address",
        )


class OccurrenceActionForm(CleanedTextMixin, forms.Form):
    """An action on ``occurrence``, with a subclass for each action.

    ``sequence`` is the date's when the form was shown, so that nobody changes a date that has
    changed in the meantime without seeing it.
    """

    slug = ""
    # For the link to the form, the form's heading, and the button that submits it.
    label = heading = submit_label = ""
    done = ""
    action: Callable[..., OccurrenceChange]
    recorded_as: tuple[str, ...] = ()

    sequence = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = reason_field()

    def __init__(self, data=None, *, occurrence: Occurrence, at: datetime):
        super().__init__(
            data,
            initial={"sequence": occurrence.sequence},
            label_suffix="",
            use_required_attribute=False,
        )
        self.occurrence = occurrence
        self.at = at

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        """Return why the action makes no sense for ``occurrence``; "" if it does."""
        if occurrence.has_ended(at=at) and occurrence.status != Status.POSTPONED:
            return _("This date has passed and can no longer be changed")
        return ""

    @property
    def is_current(self) -> bool:
        """Whether the date is unchanged since the form was shown."""
        return self.cleaned_data.get("sequence") == self.occurrence.sequence

    def clean_reason(self) -> str:
        return " ".join(self.cleaned_data["reason"].split())

    def consequences(self) -> list[str]:
        """Return what will change, in sentences, for a valid form."""
        raise NotImplementedError

    def arguments(self) -> dict:
        """Return the arguments of ``action`` besides the date, reason, time and user."""
        return {}

    def perform(self, occurrence: Occurrence, *, by) -> OccurrenceChange:
        reason = self.cleaned_data["reason"]
        return self.action(occurrence, reason=reason, by=by, at=self.at, **self.arguments())

    def is_done(self, current: Occurrence, change: OccurrenceChange) -> bool:
        """Whether ``change``, the latest, left ``current`` as this form asks."""
        return change.action in self.recorded_as and change.reason == self.cleaned_data["reason"]


class CancelForm(OccurrenceActionForm):
    slug = "cancel"
    label = gettext_lazy("Cancel")
    heading = gettext_lazy("Cancel this date")
    submit_label = gettext_lazy("Cancel this date")
    done = gettext_lazy("%(day)s is cancelled.")
    action = staticmethod(actions.cancel_occurrence)
    recorded_as = (OccurrenceChange.Action.CANCELLED,)

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        if occurrence.is_cancelled:
            return _("This date is already cancelled")
        return super().obstacle(occurrence, at=at)

    def consequences(self) -> list[str]:
        return [
            _("%(when)s will be shown as cancelled, and nobody will be able to book.")
            % {"when": self.occurrence.when}
        ]


class MoveOnlineForm(OccurrenceActionForm):
    slug = "move-online"
    label = gettext_lazy("Move online")
    heading = gettext_lazy("Move this date online")
    submit_label = gettext_lazy("Move this date online")
    done = gettext_lazy("%(day)s has moved online.")
    action = staticmethod(actions.move_online)
    recorded_as = (OccurrenceChange.Action.MOVED_ONLINE,)

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        if occurrence.attendance_mode == AttendanceMode.ONLINE:
            return _("This date is already online")
        if occurrence.status != Status.SCHEDULED:
            return _("Only a date that is going ahead can be moved online")
        return super().obstacle(occurrence, at=at)

    def consequences(self) -> list[str]:
        sentences = [
            _("%(when)s will be held online instead of at a venue.")
            % {"when": self.occurrence.when}
        ]
        if not self.occurrence.event.joining_link:
            sentences.append(
                _("The event has no joining link yet. Add one to its page and publish it.")
            )
        return sentences


class ChangeVenueForm(OccurrenceActionForm):
    slug = "change-venue"
    label = gettext_lazy("Change venue")
    heading = gettext_lazy("Change the venue of this date")
    submit_label = gettext_lazy("Change the venue")
    done = gettext_lazy("The venue for %(day)s has changed.")
    action = staticmethod(actions.change_venue)
    recorded_as = (OccurrenceChange.Action.VENUE_CHANGED,)

    venue = forms.ModelChoiceField(
        Venue.objects.all(),
        label=gettext_lazy("New venue"),
        empty_label=gettext_lazy("Choose a venue"),
        help_text=gettext_lazy("A venue that is not in the list is added under Snippets, Venues"),
        error_messages={
            "required": gettext_lazy("Choose the new venue"),
            "invalid_choice": gettext_lazy("Choose a venue from the list"),
        },
    )
    field_order = ["sequence", "venue", "reason"]

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        if occurrence.event and occurrence.event.attendance_mode == AttendanceMode.ONLINE:
            return _("This event is online, so it has no venue")
        if occurrence.is_cancelled:
            return _("This date is cancelled. Reinstate it before you change its venue")
        return super().obstacle(occurrence, at=at)

    def clean_venue(self) -> Venue:
        venue = self.cleaned_data["venue"]
        if self.is_current and venue == self.occurrence.place:
            raise ValidationError(_("This date is already at that venue. Choose another one"))
        return venue

    def consequences(self) -> list[str]:
        values = {"when": self.occurrence.when, "venue": self.cleaned_data["venue"].name}
        if place := self.occurrence.place:
            values["place"] = place.name
            return [_("%(when)s moves from %(place)s to %(venue)s.") % values]
        if self.occurrence.status == Status.MOVED_ONLINE:
            return [_("%(when)s will be held at %(venue)s instead of online.") % values]
        return [_("%(when)s will be held at %(venue)s.") % values]

    def arguments(self) -> dict:
        return {"venue": self.cleaned_data["venue"]}

    def is_done(self, current: Occurrence, change: OccurrenceChange) -> bool:
        return current.venue == self.cleaned_data["venue"] and super().is_done(current, change)


class ReinstateForm(OccurrenceActionForm):
    slug = "reinstate"
    label = gettext_lazy("Reinstate")
    heading = gettext_lazy("Reinstate this date")
    submit_label = gettext_lazy("Reinstate this date")
    done = gettext_lazy("%(day)s is going ahead again.")
    action = staticmethod(actions.reinstate_occurrence)
    recorded_as = (OccurrenceChange.Action.REINSTATED,)

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        if occurrence.status not in (Status.CANCELLED, Status.POSTPONED):
            return _("This date is already going ahead")
        if occurrence.has_ended(at=at):
            if occurrence.status == Status.POSTPONED:
                return _("This date has passed. Postpone it to another date instead")
            return _("This date is in the past and can no longer be changed")
        event = occurrence.event
        if not event.live:
            return _("The event is not published. Publish its page before you reinstate a date")
        # The next publication would cancel a date again that the event no longer has.
        if not any(event.schedule.between(occurrence.date, occurrence.date)):
            return _(
                "%(day)s is no longer one of the event’s dates. Add it as an extra date on the "
                "event’s page, publish the page, then reinstate the date"
            ) % {"day": in_short(occurrence.date)}
        return ""

    def consequences(self) -> list[str]:
        return [_("%(when)s will be shown as going ahead.") % {"when": self.occurrence.when}]


class StaleOccurrence(Exception):
    """Someone changed the date after the form was shown; ``occurrence`` is its current state."""

    def __init__(self, occurrence: Occurrence):
        super().__init__()
        self.occurrence = occurrence


@transaction.atomic
def perform(form: OccurrenceActionForm, *, by) -> OccurrenceChange:
    """Do what a valid ``form`` asks and return the change recorded.

    A form sent again returns what it did the first time. Raises ``StaleOccurrence`` if the date has
    changed otherwise, ``OccurrenceActionError`` if the action makes no sense for it, and
    ``Occurrence.DoesNotExist`` if it is gone.
    """
    # The lock makes the second of two simultaneous forms wait and see the first's change.
    current = (
        Occurrence.objects.select_for_update(of=("self",))
        .select_related("event__venue", "venue")
        .get(pk=form.occurrence.pk)
    )
    seen = form.cleaned_data["sequence"]
    if seen == current.sequence:
        if obstacle := form.obstacle(current, at=form.at):
            raise OccurrenceActionError(obstacle)
        return form.perform(current, by=by)
    last = current.changes.filter(by=by, sequence=current.sequence).last()
    if last and seen == current.sequence - 1 and form.is_done(current, last):
        return last
    raise StaleOccurrence(current)
