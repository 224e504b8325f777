"""The draft of an event against what is published: its dates, and the people affected."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from prevent_content.companions import drafts_published_with

from ..models import EventPage, Occurrence
from ..schedule import Slot
from ..signals import count_people
from ..sync import dates_after_expiry, plan_event
from .announcing import expires_on
from .forecast import hours_of
from .views import event_breadcrumbs, refused

DATES_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Difference:
    """One date: what publishing does to it, and how many people are registered for it."""

    starts_at: datetime
    what: str
    published: str
    draft: str
    people: int = 0


def when_of(slot: Slot) -> str:
    return Occurrence(starts_at=slot.starts_at, ends_at=slot.ends_at).when


def differences(draft: EventPage, *, at: datetime) -> list[Difference]:
    """Return what publishing ``draft`` changes of its dates, and what its expiry ends, in order."""
    if not (draft.date and draft.starts and draft.ends) or draft.ends <= draft.starts:
        return []
    rows = list(draft.dates.for_display())
    people = count_people([row.pk for row in rows])
    plan = plan_event(draft, at=at, rows=rows)
    found = [Difference(slot.starts_at, _("Added"), "", when_of(slot)) for slot in plan.created]
    found += [
        Difference(
            row.starts_at, _("Changed"), row.when, f"{row.day}, {hours_of(slot)}", people[row.pk]
        )
        for row, slot in plan.changed
    ]
    found += [Difference(row.starts_at, _("Removed"), row.when, "") for row in plan.removed]
    ended = [*(row for row, _people in plan.cancelled), *plan.closed]
    found += [
        Difference(row.starts_at, _("Cancelled"), row.when, _("cancelled"), people[row.pk])
        for row in ended
    ]
    gone = {row.pk for row in ended}
    found += [
        Difference(row.starts_at, _("Cancelled later"), row.when, expires_on(draft), row.people)
        for row in dates_after_expiry(draft)
        if row.pk not in gone
    ]
    return sorted(found, key=lambda difference: difference.starts_at)


def place_changes(live: EventPage, draft: EventPage) -> list[tuple[str, str, str]]:
    """Return (what, published, draft) of where the dates are held, where that differs."""
    pairs = [
        (_("How it is held"), *(page.get_attendance_mode_display() for page in (live, draft))),
        (_("Venue"), *(str(page.venue or _("none")) for page in (live, draft))),
        (
            _("Joining link"),
            *(page.joining_link or _("none") for page in (live, draft)),
        ),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


class CompareDatesView(WagtailAdminTemplateMixin, View):
    """For whoever may edit the page, a moderator who is to approve it among them."""

    template_name = "prevent_events/admin/compare.html"
    page_title = gettext_lazy("Compare with what is published")
    header_icon = "calendar-alt"

    def dispatch(self, request: HttpRequest, *args, page_id: int, **kwargs):
        self.event = get_object_or_404(EventPage, pk=page_id)
        if not self.event.permissions_for_user(request.user).can_edit():
            return refused(request)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        at = timezone.now()
        draft = self.event.get_latest_revision_as_object()
        found = differences(draft, at=at)
        changed = place_changes(self.event, draft) if self.event.live else []
        coming = [row.pk for row in self.event.dates.upcoming(at=at)] if changed else []
        context = self.get_context_data(
            differences=found[:DATES_SHOWN],
            further=max(0, len(found) - DATES_SHOWN),
            people=sum(difference.people for difference in found),
            place_changes=changed,
            place_people=sum(count_people(coming).values()),
            is_live=self.event.live,
            text_comparisons=[*text_comparisons([self.event, *drafts_published_with(draft)])],
            editor_url=reverse("wagtailadmin_pages:edit", args=[self.event.pk]),
        )
        return self.render_to_response(context)

    def get_breadcrumbs_items(self) -> list[dict]:
        return [*event_breadcrumbs(self.event), {"url": "", "label": self.page_title}]


def text_comparisons(pages: list[Page]):
    """Yield (title, address) of Wagtail's comparison of each page that has something to compare."""
    for page in pages:
        latest = page.latest_revision_id
        if page.live_revision_id and latest and latest != page.live_revision_id:
            where = [page.pk, "live", latest]
            yield page.title, reverse("wagtailadmin_pages:revisions_compare", args=where)
