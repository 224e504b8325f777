"""Panels in the event editor that follow what is being typed."""

from collections.abc import Mapping
from datetime import time

from django.core.exceptions import ValidationError
from django.forms import Media
from django.forms.models import fields_for_model
from django.http import HttpRequest, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from recurrence import Recurrence
from wagtail.admin.compare import FieldComparison
from wagtail.admin.forms.models import formfield_for_dbfield
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, Panel
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from prevent_content.widgets import DateInput, TimeInput

from ..agenda import AgendaEntry
from ..models import EventPage, EventSpeaker
from ..models.draft import EventDraft, draft_of_page, missing
from ..recurrence_field import RuleField
from ..recurrence_values import schedule_parts
from ..rules import RuleError, describe
from .forecast import forecast_for, review_of, status_line
from .forms import EventPageForm, rule_errors
from .permissions import may_change_dates
from .wording import in_short

ENTRIES_AT_MOST = 1000


class RuleComparison(FieldComparison):
    def __init__(self, field, obj_a, obj_b):
        super().__init__(field, obj_a, obj_b)
        self.val_a, self.val_b = rule_in_words(self.val_a), rule_in_words(self.val_b)


def rule_in_words(value: Recurrence | None) -> str:
    """Return the rule with its skipped and extra dates as one line of text."""
    try:
        rule, skipped, extra = schedule_parts(value)
    except RuleError as error:
        return str(error)
    parts = [describe(rule)]
    if skipped:
        parts.append(_("without %(dates)s") % {"dates": listed(skipped)})
    if extra:
        parts.append(_("and on %(dates)s") % {"dates": listed(extra)})
    return "; ".join(parts)


def listed(days) -> str:
    return ", ".join(in_short(day) for day in sorted(days))


def draft_of_form(posted: QueryDict) -> EventDraft:
    """Return what the page editor's form holds, valid or not.

    Raises ``ValueError`` for a malformed form.
    """
    fields = fields_for_model(
        EventPage, ["date", "starts", "ends"], formfield_callback=formfield_for_dbfield
    )
    values: dict = {}
    problems = []
    for name, field in {**fields, "recurrence": RuleField(required=False)}.items():
        typed = field.widget.value_from_datadict(posted, {}, name)
        field.required = False
        try:
            values[name] = field.clean(typed)
        except ValidationError as error:
            values[name] = None
            problems += error.messages
    first, starts, ends = (values[name] for name in ("date", "starts", "ends"))
    if not problems:
        problems = missing(first, starts, ends)
    if not problems:
        problems = rule_errors(values["recurrence"], first)
    return EventDraft(
        first,
        starts,
        ends,
        values["recurrence"],
        tuple(entries_of_form(posted)),
        tuple(problems),
    )


def entries_of_form(posted: Mapping[str, str], name: str = "agenda") -> list[AgendaEntry]:
    """Return the running order in a StreamField's form fields, without entries that have no start.

    Reads only times and labels, so that half an entry does not hide the others. Raises
    ``ValueError`` for a malformed form.
    """
    blocks = EventPage._meta.get_field(name).stream_block.child_blocks
    listed = []
    for index in range(min(int(posted.get(f"{name}-count") or 0), ENTRIES_AT_MOST)):
        prefix = f"{name}-{index}"
        block = blocks.get(posted.get(f"{prefix}-type", ""))
        if block is None or posted.get(f"{prefix}-deleted"):
            continue
        value = {field: posted.get(f"{prefix}-value-{field}", "") for field in block.child_blocks}
        value |= {end: clock_time(value.get(end, "")) for end in ("starts", "ends")}
        if entry := block.entry(value):
            listed.append((int(posted.get(f"{prefix}-order") or index), index, entry))
    return [entry for _order, _index, entry in sorted(listed, key=lambda row: row[:2])]


def clock_time(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


class RulePanel(FieldPanel):
    """The rule's field, compared in words between two versions."""

    def get_comparison_class(self) -> type[RuleComparison]:
        return RuleComparison


class DraftPanel(Panel):
    """A panel about the event being edited.

    It shows what was last saved, or what was submitted if the form comes back with errors; a script
    updates it as the form changes.
    """

    class BoundPanel(Panel.BoundPanel):
        @property
        def media(self) -> Media:
            return Media(
                css={"all": ["prevent_events/admin.css"]},
                js=["prevent/live_panels.js", "prevent_events/admin.js"],
            )

        @cached_property
        def draft(self):
            if self.form is not None and self.form.is_bound:
                try:
                    return draft_of_form(self.form.data)
                except (ValueError, OverflowError):
                    # The fields beside this panel already show their errors.
                    return draft_of_page(self.instance)
            return draft_of_page(self.instance)

        @property
        def forecast_url(self) -> str:
            if self.instance.pk:
                return reverse("prevent_event_dates:event_forecast", args=[self.instance.pk])
            return reverse("prevent_event_dates:forecast")


class ForecastPanel(DraftPanel):
    """The next dates, and what publishing does."""

    class BoundPanel(DraftPanel.BoundPanel):
        template_name = "prevent_events/admin/forecast_panel.html"

        def get_context_data(self, parent_context=None) -> dict:
            context = super().get_context_data(parent_context)
            forecast = forecast_for(self.draft, self.instance, at=timezone.now())
            context |= {
                "forecast": forecast,
                "forecast_url": self.forecast_url,
                "saved_url": reverse("prevent_event_dates:event_forecast", args=[0]),
            }
            if self.instance.pk:
                context["compare_url"] = reverse(
                    "prevent_event_dates:compare", args=[self.instance.pk]
                )
            user = self.request.user if self.request else None
            if user and self.instance.pk and may_change_dates(user, self.instance):
                context["dates_url"] = reverse("prevent_event_dates:event", args=[self.instance.pk])
            return context


class RunningOrderPanel(DraftPanel):
    """How the running order fills the event, and what is wrong with it."""

    class BoundPanel(DraftPanel.BoundPanel):
        template_name = "prevent_events/admin/running_order_panel.html"

        def get_context_data(self, parent_context=None) -> dict:
            context = super().get_context_data(parent_context)
            return context | {
                "review": review_of(self.draft),
                "has_entries": bool(self.draft.entries),
            }


RECORD_PANELS = [
    MultiFieldPanel(
        [
            FieldPanel("record_summary"),
            FieldPanel("record_questions"),
            FieldPanel("record_documents"),
            FieldPanel("record_next"),
        ],
        heading="After the event",
        classname="collapsed",
    )
]

CONTENT_PANELS = [
    *Page.content_panels,
    FieldPanel("summary"),
    MultiFieldPanel(
        [
            FieldPanel("date", widget=DateInput),
            FieldRowPanel(
                [FieldPanel("starts", widget=TimeInput), FieldPanel("ends", widget=TimeInput)]
            ),
            RulePanel("recurrence"),
            FieldPanel("calendar_title"),
        ],
        heading="When",
    ),
    ForecastPanel(heading="The next dates", icon="calendar-alt"),
    MultiFieldPanel(
        [
            FieldPanel("attendance_mode"),
            FieldPanel("venue"),
            FieldPanel("joining_link"),
        ],
        heading="Where",
    ),
    MultiFieldPanel(
        [
            FieldPanel("audience"),
            FieldPanel("organiser"),
            InlinePanel("event_speakers", label="Speaker"),
        ],
        heading="Who",
    ),
    MultiFieldPanel(
        [
            FieldPanel("image"),
            FieldPanel("image_alt"),
            FieldPanel("image_is_decorative"),
        ],
        heading="Picture",
    ),
    FieldPanel("agenda", heading="Running order"),
    RunningOrderPanel(heading="The running order by the clock", icon="time"),
    FieldPanel("body"),
    *RECORD_PANELS,
]


def attach_editor() -> None:
    """Give the event editor its panels and its form."""
    EventPage.content_panels = CONTENT_PANELS
    EventPage.base_form_class = EventPageForm
    EventSpeaker.panels = [FieldPanel("speaker")]


@never_cache
@require_POST
def forecast(request: HttpRequest, page_id: int | None = None) -> JsonResponse:
    """Return the contents of the editor's panels for the form in the request. Saves nothing.

    ``panels`` holds HTML by panel name, ``status`` a sentence for screen readers. Answers 400 or
    403 with a sentence in ``error``, and 404 for a page that is not an event.
    """
    if not may_edit(request, page := page_of(page_id)):
        return refusal(_("You do not have permission to edit this event."), 403)
    try:
        draft = draft_of_form(request.POST)
    except (ValueError, OverflowError):
        return refusal(_("Part of this form is missing. Reload the page."), 400)
    outlook = forecast_for(draft, page, at=timezone.now())
    panels = {
        "dates": render_to_string(
            "prevent_events/admin/forecast.html",
            {"forecast": outlook},
        ),
        "running_order": render_to_string(
            "prevent_events/admin/running_order.html",
            {"review": review_of(draft), "has_entries": bool(draft.entries)},
        ),
    }
    return JsonResponse({"panels": panels, "status": status_line(outlook)})


def page_of(page_id: int | None) -> EventPage:
    if page_id is None:
        return EventPage()
    return get_object_or_404(EventPage, id=page_id)


def may_edit(request: HttpRequest, page: EventPage) -> bool:
    if page.pk:
        return page.permissions_for_user(request.user).can_edit()
    return page_permission_policy.user_has_permission(request.user, "add")


def refusal(sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)
