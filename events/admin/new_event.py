"""The screens that start a new event: three questions, and the dashboard's link to them."""

from datetime import time

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.ui.components import Component
from wagtail.permissions import page_permission_policy

from prevent_content.cleaned_forms import CleanedTextMixin
from prevent_content.widgets import DateInput, TimeInput

from ..english_dates import LONDON
from ..models import EventIndexPage, EventPage, Organiser, Venue
from ..new_event import PATTERNS, NewEventAnswers, begin_as_copy, begin_from_pattern
from ..recurrence_field import RuleField
from ..recurrence_values import recurrence_for
from ..typed_fields import TypedDateField, TypedTimeField
from .forms import rule_errors
from .views import refused

SOURCES_SHOWN = 6


class StartForm(CleanedTextMixin, forms.Form):
    """The questions that start an event; ``index`` only where there is a choice."""

    date = TypedDateField(label=gettext_lazy("First date"), widget=DateInput)
    starts = TypedTimeField(
        label=gettext_lazy("Start time"),
        help_text=gettext_lazy("The running order moves to match"),
        widget=TimeInput,
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
            raise forms.ValidationError(_("Enter a date that is today or in the future"))
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


def indexes_for(user):
    """Return the index pages below which ``user`` may add an event."""
    pages = page_permission_policy.instances_user_has_permission_for(user, "add")
    return EventIndexPage.objects.filter(pk__in=pages.values("pk")).order_by("path")


def sources_for(indexes):
    """Return the earlier events below ``indexes``, most recently published first."""
    paths = [index.path for index in indexes]
    events = EventPage.objects.live().order_by("-date", "-pk")
    return [event for event in events if event.path[: -EventPage.steplen] in paths]


class StartPanel(Component):
    """The dashboard's “New roundtable”."""

    name = "new_roundtable"
    template_name = "prevent_events/new_event/panel.html"
    order = 90

    def get_context_data(self, parent_context) -> dict:
        indexes = list(indexes_for(parent_context["request"].user))
        return {
            "may_start": bool(indexes),
            "sources": sources_for(indexes)[:SOURCES_SHOWN],
            "patterns": PATTERNS.items(),
            "index_url": reverse("prevent_new_event:index"),
        }


class StartView(View):
    """The choice of what to start an event from. Answers 403 to users who may add none."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        self.indexes = indexes_for(request.user)
        if not self.indexes:
            return refused(request)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request, sources=sources_for(self.indexes), patterns=PATTERNS.items())

    def show(self, request: HttpRequest, *, status: int = 200, **context) -> HttpResponse:
        title = _("New roundtable")
        template = "prevent_events/new_event/start.html"
        context |= {"page_title": title, "header_title": title, "header_icon": "calendar-alt"}
        return TemplateResponse(request, template, context, status=status)


class BeginView(StartView):
    """The questions, and the draft made from the answers."""

    def get(self, request: HttpRequest, **where) -> HttpResponse:
        return self.ask(request, self.form())

    def post(self, request: HttpRequest, **where) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.ask(request, form, status=422)
        event = self.begin(form)
        messages.success(
            request,
            _("“%(title)s” is saved as a draft. Check it, then submit it.")
            % {"title": event.title},
        )
        return redirect("wagtailadmin_pages:edit", event.pk)

    def ask(self, request: HttpRequest, form: StartForm, status: int = 200) -> HttpResponse:
        return self.show(request, form=form, beginning=self.beginning, status=status)

    def form(self, data=None) -> StartForm:
        today = timezone.now().astimezone(LONDON).date()
        return StartForm(data, indexes=self.indexes, today=today, initial=self.initial)


class CopyView(BeginView):
    def setup(self, request: HttpRequest, *args, **kwargs) -> None:
        super().setup(request, *args, **kwargs)
        self.source = get_object_or_404(EventPage, pk=kwargs["page_id"])

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        indexes = indexes_for(request.user)
        parent = self.source.get_parent()
        if indexes and not self.source.permissions_for_user(request.user).can_copy_to(parent):
            return refused(request)
        return super().dispatch(request, *args, **kwargs)

    @property
    def beginning(self) -> str:
        return _("A copy of “%(title)s”") % {"title": self.source.title}

    @property
    def initial(self) -> dict:
        source = self.source
        # Skipped and extra dates belong to the earlier event.
        rule = recurrence_for(source.rule) if source.rule else None
        return {
            "starts": source.starts,
            "recurrence": rule,
            "venue": source.venue_id,
            "organiser": source.organiser_id,
        }

    def begin(self, form: StartForm) -> EventPage:
        return begin_as_copy(self.source, form.index_page, form.answers, by=self.request.user)


class PatternView(BeginView):
    def setup(self, request: HttpRequest, *args, **kwargs) -> None:
        super().setup(request, *args, **kwargs)
        self.pattern = PATTERNS.get(kwargs["pattern"])
        if self.pattern is None:
            raise Http404

    @property
    def beginning(self) -> str:
        return self.pattern.name

    @property
    def initial(self) -> dict:
        return {"starts": self.pattern.starts}

    def begin(self, form: StartForm) -> EventPage:
        return begin_from_pattern(self.pattern, form.index_page, form.answers, by=self.request.user)
