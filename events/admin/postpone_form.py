"""The form that postpones a date: to another day and time, or until one is known."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prevent_content.widgets import DateInput, TimeInput

from .. import actions
from ..dates_in_words import day_in_words
from ..english_dates import LONDON, english_time
from ..models import Occurrence, OccurrenceChange
from ..schedule import Schedule, Slot, notes_for
from ..sync import HORIZON
from ..typed_fields import TypedDateField, TypedTimeField
from .action_forms import OccurrenceActionForm, Status


def clock_field(label: str) -> TypedTimeField:
    return TypedTimeField(
        label=label,
        required=False,
        widget=TimeInput,
    )


class PostponeForm(OccurrenceActionForm):
    slug = "postpone"
    label = gettext_lazy("Postpone")
    heading = gettext_lazy("Postpone this date")
    submit_label = gettext_lazy("Postpone this date")
    done = gettext_lazy("%(day)s is postponed.")
    action = staticmethod(actions.postpone_occurrence)
    recorded_as = (OccurrenceChange.Action.POSTPONED, OccurrenceChange.Action.RESCHEDULED)

    until = forms.ChoiceField(
        label=gettext_lazy("Until when?"),
        choices=[
            ("new", gettext_lazy("To another date and time")),
            ("open", gettext_lazy("The new date is not known yet")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose whether the new date is known"),
            "invalid_choice": gettext_lazy("Choose whether the new date is known"),
        },
    )
    day = TypedDateField(
        label=gettext_lazy("New date"),
        help_text=gettext_lazy("Leave blank if you do not know it yet"),
        required=False,
        widget=DateInput,
    )
    starts = clock_field(gettext_lazy("New start time"))
    ends = clock_field(gettext_lazy("New end time"))

    field_order = ["sequence", "until", "day", "starts", "ends", "reason"]

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        starts_at, ends_at = (
            moment.astimezone(LONDON)
            for moment in (self.occurrence.starts_at, self.occurrence.ends_at)
        )
        self.initial |= {"starts": starts_at.time(), "ends": ends_at.time()}
        for name in ("starts", "ends"):
            self.fields[name].help_text = _("London time")

    @classmethod
    def obstacle(cls, occurrence: Occurrence, *, at: datetime) -> str:
        if occurrence.is_cancelled:
            return _("This date is cancelled. Reinstate it before you postpone it")
        return super().obstacle(occurrence, at=at)

    @property
    def slot(self) -> Slot | None:
        """Return the new time of a valid form, or None if it is not known yet."""
        return self.cleaned_data.get("slot")

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("until") == "open":
            if self.is_current and self.occurrence.status == Status.POSTPONED:
                self.add_error("until", _("This date is already postponed. Enter its new date"))
        elif cleaned.get("until") == "new":
            for name, sentence in (
                ("day", _("Enter the new date, like 26 November 2026")),
                ("starts", _("Enter the new start time, like 18:30")),
                ("ends", _("Enter the new end time, like 20:00")),
            ):
                if name not in self.errors and cleaned.get(name) is None:
                    self.add_error(name, sentence)
            if not self.errors.keys() & {"day", "starts", "ends"}:
                self._place(cleaned)
        return cleaned

    def _place(self, cleaned: dict) -> None:
        """Store the new time in ``slot``, or add an error."""
        day, starts, ends = cleaned["day"], cleaned["starts"], cleaned["ends"]
        today = self.at.astimezone(LONDON).date()
        if ends <= starts:
            self.add_error("ends", _("Enter an end time that is after the start time"))
        elif day > today + HORIZON:
            self.add_error("day", _("Enter a date in the next two years"))
        else:
            slot = next(Schedule(day, starts, ends, LONDON).between(day, day))
            if slot.starts_at <= self.at:
                self.add_error("day", _("Enter a date and time in the future"))
            elif self.is_current and self._is_held_at(slot):
                self.add_error(
                    "day", _("It is already planned for then. Enter another date or time")
                )
            cleaned["slot"] = slot

    def _is_held_at(self, slot: Slot) -> bool:
        occurrence = self.occurrence
        return occurrence.status != Status.POSTPONED and (
            (occurrence.starts_at, occurrence.ends_at) == (slot.starts_at, slot.ends_at)
        )

    def consequences(self) -> list[str]:
        was = self.occurrence.when
        if self.slot is None:
            return [_("%(was)s will be shown as postponed, without a new date.") % {"was": was}]
        moved = Occurrence(starts_at=self.slot.starts_at, ends_at=self.slot.ends_at)
        return [
            _("It will move from %(was)s to %(now)s.") % {"was": was, "now": moved.when},
            *self._clock_notes(),
            *(f"{day_in_words(self.slot.date)}: {note}." for note in notes_for(self.slot.date)),
            *self._neighbours(),
        ]

    def _clock_notes(self) -> list[str]:
        """Explain a start time that the clocks skip or repeat."""
        typed = self.cleaned_data["starts"].replace(second=0, microsecond=0)
        first = datetime.combine(self.slot.date, typed, LONDON)
        if self.slot.starts_at.time() != typed:
            return [
                _(
                    "The clocks go forward and skip %(typed)s that night, so it will start at "
                    "%(starts)s."
                )
                % {"typed": english_time(typed), "starts": english_time(self.slot.starts_at.time())}
            ]
        if first.utcoffset() != first.replace(fold=1).utcoffset():
            return [
                _(
                    "The clocks go back and show %(typed)s twice that night. It will start at "
                    "the first one."
                )
                % {"typed": english_time(typed)}
            ]
        return []

    def _neighbours(self) -> list[str]:
        others = (
            Occurrence.objects.filter(event=self.occurrence.event_id)
            .between(self.slot.date, self.slot.date)
            .exclude(pk=self.occurrence.pk)
        )
        return [
            _("The event has another date on that day: %(when)s.") % {"when": row.when}
            for row in others
        ]

    def arguments(self) -> dict:
        return {"starts_at": self.slot.starts_at, "ends_at": self.slot.ends_at} if self.slot else {}

    def is_done(self, current: Occurrence, change: OccurrenceChange) -> bool:
        if self.slot is None:
            as_asked = current.status == Status.POSTPONED
        else:
            times = (self.slot.starts_at, self.slot.ends_at)
            as_asked = (current.starts_at, current.ends_at) == times
        return as_asked and super().is_done(current, change)
