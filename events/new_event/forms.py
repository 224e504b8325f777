"""The three questions: when, where, and who answers for it."""

from datetime import time

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateInput, AdminTimeInput

from ..admin.forms import rule_errors
from ..models import Organiser, Venue
from ..recurrence_field import RuleField
from .drafts import NewEventAnswers


class StartForm(forms.Form):
    """What is asked before an event begins; ``index`` only where there is a choice."""

    date = forms.DateField(label=gettext_lazy("First date"), widget=AdminDateInput)
    starts = forms.TimeField(
        label=gettext_lazy("Start time"),
        help_text=gettext_lazy("The running order moves with it"),
        widget=AdminTimeInput,
    )
    venue = forms.ModelChoiceField(
        Venue.objects.all(),
        label=gettext_lazy("Venue"),
        required=False,
        empty_label=gettext_lazy("Online only, or not known yet"),
    )
    organiser = forms.ModelChoiceField(
        Organiser.objects.all(),
        label=gettext_lazy("Organiser"),
        required=False,
        empty_label=gettext_lazy("Not known yet"),
    )
    recurrence = RuleField(label=gettext_lazy("Repeats"), required=False)
    index = forms.ModelChoiceField(None, label=gettext_lazy("Below"), empty_label=None)

    def __init__(self, data=None, *, indexes, today: date, **kwargs):
        super().__init__(data, label_suffix="", use_required_attribute=False, **kwargs)
        self.today = today
        self.fields["index"].queryset = indexes
        if len(indexes) == 1:
            self.fields["index"].required = False
            self.fields["index"].widget = forms.HiddenInput()
            self.fields["index"].initial = indexes[0]

    def clean_date(self) -> date:
        day = self.cleaned_data["date"]
        if day < self.today:
            raise forms.ValidationError(_("Enter a date that has not passed"))
        return day

    def clean(self) -> dict:
        cleaned = super().clean()
        first, rule = cleaned.get("date"), cleaned.get("recurrence")
        if first and rule:
            for sentence in rule_errors(rule, first):
                self.add_error("recurrence", sentence)
        return cleaned

    @property
    def index_page(self):
        chosen = self.cleaned_data.get("index") or self.fields["index"].initial
        return chosen.specific

    @property
    def answers(self) -> NewEventAnswers:
        cleaned = self.cleaned_data
        starts: time = cleaned["starts"].replace(second=0, microsecond=0)
        return NewEventAnswers(
            cleaned["date"], starts, cleaned["recurrence"], cleaned["venue"], cleaned["organiser"]
        )
