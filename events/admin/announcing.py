"""Publishing an event that people booked: who is affected is shown, and asked about, first.

A publication can change the rule or the hours of dates, and an expiry ends those after it. What is
answered is stored as ``Announcement`` and used when it happens, which may be later.
"""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from prevent_content.publishing import questions_wanted

from ..models import Announcement, EventPage, Occurrence, OccurrenceChange
from ..signals import count_people
from ..sync import dates_after_expiry, plan_event
from .forecast import hours_of
from .taking_down import ASKED, TakingDownForm, show
from .wording import in_short, publishing_ends

Action = OccurrenceChange.Action
Occasion = Announcement.Occasion


@dataclass
class Effect:
    """What becomes of a date that people are expected on: ``words`` say it."""

    row: Occurrence
    action: str
    occasion: str
    words: str


def effects_of(draft: EventPage, *, at: datetime) -> list[Effect]:
    """Return what publishing ``draft``, and its expiry, do to dates that people are expected on.

    Each row knows its ``people``. The dates of an event that has another published translation
    outlive the page.
    """
    if not (draft.date and draft.starts and draft.ends) or draft.ends <= draft.starts:
        return []
    rows = list(draft.dates.for_display().order_by("starts_at", "id"))
    people = count_people([row.pk for row in rows])
    for row in rows:
        row.people = people[row.pk]
    plan = plan_event(draft, at=at, rows=rows)
    effects = [
        Effect(row, Action.CANCELLED, Occasion.PUBLISHING, _("cancelled"))
        for row, _people in plan.cancelled
    ]
    effects += [
        Effect(
            row,
            Action.RESCHEDULED,
            Occasion.PUBLISHING,
            _("now %(hours)s") % {"hours": hours_of(slot)},
        )
        for row, slot in plan.changed
        if row.people
    ]
    gone = {effect.row.pk for effect in effects if effect.action == Action.CANCELLED}
    effects += [
        Effect(row, Action.CANCELLED, Occasion.EXPIRY, expires_on(draft))
        for row in dates_after_expiry(draft)
        if row.pk not in gone
    ]
    return effects


def expires_on(draft: EventPage) -> str:
    day = in_short(timezone.localdate(draft.expire_at))
    return _("cancelled when the page expires on %(day)s") % {"day": day}


def unanswered(draft: EventPage, effects: list[Effect], *occasions: str) -> list[Effect]:
    """Return those of ``effects`` on ``occasions`` that nobody has decided about."""
    answered = {
        (answer.occasion, uuid)
        for answer in Announcement.objects.filter(event__translation_key=draft.translation_key)
        for uuid in answer.dates
    }
    return [
        effect
        for effect in effects
        if effect.occasion in occasions and (effect.occasion, str(effect.row.uuid)) not in answered
    ]


def ask_before_publishing(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Answer a form of the page editor that publishes, if people are affected; for a hook.

    The first time with a page that says what will happen. Sent again from there, the answer is
    stored and the view is run, in one transaction: if it does not do what was asked, neither is
    done. An expiry is asked about once.
    """
    if request.method != "POST" or getattr(request, "is_announced", False):
        return None
    if not isinstance(page, EventPage) or not may_publish_by(request, page):
        return None
    form_class = page.get_edit_handler().get_form_class()
    draft = EventPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    editor = form_class(
        request.POST, instance=draft, parent_page=page.get_parent(), for_user=request.user
    )
    if not editor.is_valid():
        # The editor says what is wrong with it.
        return None
    draft = editor.save(commit=False)
    effects = effects_of(draft, at=timezone.now())
    asked = [effect for effect in effects if effect.occasion == Occasion.PUBLISHING]
    asked += unanswered(draft, effects, Occasion.EXPIRY)
    if not asked:
        return None
    rows = [effect.row for effect in asked]
    answer = TakingDownForm(request.POST if ASKED in request.POST else None, rows=rows)
    if not answer.is_valid():
        return show_effects(request, answer, asked, draft)
    request.is_announced = True
    view, arguments, options = request.resolver_match
    with transaction.atomic():
        for occasion in Occasion:
            store(draft, occasion, asked, answer.cleaned_data, by=request.user)
        response = view(request, *arguments, **options)
        if response.status_code != 302:
            transaction.set_rollback(True)
    return response


def may_publish_by(request: HttpRequest, page: EventPage) -> bool:
    """Whether the page editor's form was sent to publish, by someone who may."""
    if "action-publish" in request.POST:
        return page.permissions_for_user(request.user).can_publish()
    if request.POST.get("workflow-action-name") != "approve":
        return False
    task = page.current_workflow_task if "action-workflow-action" in request.POST else None
    actions = task.get_actions(page, request.user) if task else []
    return "approve" in [name for name, _label, _has_modal in actions]


def store(draft: EventPage, occasion: str, effects: list[Effect], answers: dict, *, by) -> None:
    dates = [str(effect.row.uuid) for effect in effects if effect.occasion == occasion]
    if not dates:
        return
    Announcement.objects.for_event(draft, occasion).exclude(event=draft.pk).delete()
    Announcement.objects.update_or_create(
        event_id=draft.pk,
        occasion=occasion,
        defaults={
            "dates": dates,
            "reason": answers["reason"],
            "tell": answers["tell"] == "yes",
            "by": by,
        },
    )


def show_effects(
    request: HttpRequest, form: forms.Form, effects: list[Effect], draft: EventPage
) -> HttpResponse:
    for effect in effects:
        effect.row.effect = effect.words
    sentences = []
    if draft.go_live_at and draft.go_live_at > timezone.now():
        when = timezone.localtime(draft.go_live_at)
        sentences.append(
            _("This happens when the page is published, on %(day)s at %(time)s.")
            % {"day": in_short(when.date()), "time": when.strftime("%H:%M")}
        )
    if any(effect.occasion == Occasion.EXPIRY for effect in effects):
        sentences.append(
            _("Moderators are emailed a week before the page expires, and can change that.")
        )
    return show(
        request,
        form,
        [effect.row for effect in effects],
        heading=_("Publish"),
        sentences=[*sentences, _("The reason stays in the public list of changes.")],
        actions=list(dict.fromkeys(effect.action for effect in effects)),
        is_editor=True,
    )


@receiver(questions_wanted)
def ask_in_the_editor(sender, page: Page, **kwargs) -> str:
    """Say why a publication of the draft ``page`` has to be made in the page editor, if it has."""
    if not isinstance(page, EventPage):
        return ""
    effects = effects_of(page, at=timezone.now())
    left = unanswered(page, effects, *Occasion)
    people = sum(effect.row.people for effect in left)
    return publishing_ends(people) if left else ""
