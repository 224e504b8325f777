"""The acts on one date as forms: what each needs to be told, says beforehand, and does."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import acts
from ..models import AttendanceMode, Occurrence, OccurrenceChange, Venue
from .act_form import DateActForm, Status
from .postponing import PostponeForm
from .wording import in_short


class CancelForm(DateActForm):
    slug = "cancel"
    label = gettext_lazy("Cancel")
    heading = gettext_lazy("Cancel this date")
    submit_label = gettext_lazy("Cancel this date")
    done = gettext_lazy("%(day)s is cancelled.")
    recorded_as = (OccurrenceChange.Act.CANCELLED,)

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        if occurrence.is_cancelled:
            return _("This date is cancelled already")
        return super().obstacle(occurrence, at=at)

    def consequences(self) -> list[str]:
        return [
            _("%(when)s will be shown as cancelled, and nobody can register for it.")
            % {"when": self.occurrence.when}
        ]

    def perform(self, occurrence: Occurrence, *, by) -> OccurrenceChange:
        return acts.cancel_occurrence(
            occurrence, reason=self.cleaned_data["reason"], by=by, at=self.at
        )


class MoveOnlineForm(DateActForm):
    slug = "move-online"
    label = gettext_lazy("Move online")
    heading = gettext_lazy("Move this date online")
    submit_label = gettext_lazy("Move this date online")
    done = gettext_lazy("%(day)s is moved online.")
    recorded_as = (OccurrenceChange.Act.MOVED_ONLINE,)

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        if occurrence.attendance_mode == AttendanceMode.ONLINE:
            return _("This date is online already")
        if occurrence.status != Status.SCHEDULED:
            return _("Only a date that is going ahead can be moved online")
        return super().obstacle(occurrence, at=at)

    def consequences(self) -> list[str]:
        sentences = [
            _("%(when)s will be held online, and no longer at a venue.")
            % {"when": self.occurrence.when}
        ]
        if not self.occurrence.event.joining_link:
            sentences.append(
                _("The event has no joining link yet: enter one on its page, and publish it.")
            )
        return sentences

    def perform(self, occurrence: Occurrence, *, by) -> OccurrenceChange:
        return acts.move_online(occurrence, reason=self.cleaned_data["reason"], by=by, at=self.at)


class ChangeVenueForm(DateActForm):
    slug = "change-venue"
    label = gettext_lazy("Change venue")
    heading = gettext_lazy("Change the venue of this date")
    submit_label = gettext_lazy("Change the venue")
    done = gettext_lazy("The venue of %(day)s is changed.")
    recorded_as = (OccurrenceChange.Act.VENUE_CHANGED,)

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
            return _("This event is held online: it has no venue")
        if occurrence.is_cancelled:
            return _("This date is cancelled. Reinstate it before you change its venue")
        return super().obstacle(occurrence, at=at)

    def clean_venue(self) -> Venue:
        venue = self.cleaned_data["venue"]
        if self.is_current and venue == self.occurrence.place:
            raise ValidationError(_("It is held there already: choose another venue"))
        return venue

    def consequences(self) -> list[str]:
        values = {"when": self.occurrence.when, "venue": self.cleaned_data["venue"].name}
        if place := self.occurrence.place:
            values["place"] = place.name
            return [_("%(when)s moves from %(place)s to %(venue)s.") % values]
        if self.occurrence.status == Status.MOVED_ONLINE:
            return [_("%(when)s will be held at %(venue)s, and no longer online.") % values]
        return [_("%(when)s will be held at %(venue)s.") % values]

    def perform(self, occurrence: Occurrence, *, by) -> OccurrenceChange:
        return acts.change_venue(
            occurrence,
            self.cleaned_data["venue"],
            reason=self.cleaned_data["reason"],
            by=by,
            at=self.at,
        )

    def is_done(self, current: Occurrence, change: OccurrenceChange) -> bool:
        return current.venue == self.cleaned_data["venue"] and super().is_done(current, change)


class ReinstateForm(DateActForm):
    slug = "reinstate"
    label = gettext_lazy("Reinstate")
    heading = gettext_lazy("Reinstate this date")
    submit_label = gettext_lazy("Reinstate this date")
    done = gettext_lazy("%(day)s is going ahead after all.")
    recorded_as = (OccurrenceChange.Act.REINSTATED,)

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        if occurrence.status not in (Status.CANCELLED, Status.POSTPONED):
            return _("This date is going ahead already")
        if occurrence.has_ended(at=at):
            if occurrence.status == Status.POSTPONED:
                return _("Its time has passed: postpone it to another date instead")
            return _("This date is in the past: it can no longer be changed")
        event = occurrence.event
        if not event.live:
            return _("The event is not published. Publish its page before you reinstate a date")
        # A date that the event no longer asks for would be cancelled again by the next publishing.
        if not any(event.schedule.between(occurrence.date, occurrence.date)):
            return _(
                "%(day)s is no longer one of the event’s dates. Enter it as an extra date on the "
                "event’s page and publish it, then reinstate it"
            ) % {"day": in_short(occurrence.date)}
        return ""

    def consequences(self) -> list[str]:
        return [_("%(when)s will be shown as going ahead.") % {"when": self.occurrence.when}]

    def perform(self, occurrence: Occurrence, *, by) -> OccurrenceChange:
        return acts.reinstate_occurrence(
            occurrence, reason=self.cleaned_data["reason"], by=by, at=self.at
        )


ACTS: dict[str, type[DateActForm]] = {
    form.slug: form
    for form in (CancelForm, PostponeForm, MoveOnlineForm, ChangeVenueForm, ReinstateForm)
}


def offered(occurrence: Occurrence, *, at: datetime) -> list[type[DateActForm]]:
    """Return the acts that make sense for ``occurrence``."""
    return [form for form in ACTS.values() if not form.obstacle(occurrence, at=at)]
