"""Bulk actions: a preview, then the action on each registration, wholly or not at all.

Wagtail's own bulk actions take a list of keys in the address and do not preview their effect; these
can cover thousands of filtered rows, and show their progress.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from django import forms
from django.db import DatabaseError
from django.db.models import Count, F, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from events.english_dates import LONDON
from events.models import Occurrence

from .. import actions, permissions
from ..actions import RegistrationActionError
from ..models import Registration, RegistrationChange
from ..models.registration import HOLDING, RegistrationQuerySet
from . import decisions
from .base import ReviewView
from .date_counts import date_counts
from .filters import SelectionForm
from .forms import NOTE_TOO_LONG, PersonChoiceField, sentence_field
from .registration_detail import decision_email

Status = Registration.Status
ASSIGN = "assign"
DONE, ALREADY, REFUSED = "done", "already", "refused"
# How long a bulk action can be undone, and its emails wait.
UNDO_WITHIN = timedelta(minutes=10)
# How often the right is checked again and the progress is sent.
CHUNK = 25
# Marks the place for the progress in the page, and is never sent.
PROGRESS_HERE = "<!-- progress -->"


@dataclass(frozen=True, slots=True)
class BulkTask:
    """What to do with each: give it the status ``action``, or assign it ``to`` a person."""

    action: str
    by: object
    note: str = ""
    sentence: str = ""
    tell: bool = True
    to: object = None
    seen_at: datetime | None = None
    batch: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """The effect of a task in numbers, before it is done.

    ``no_place`` is how many get none, ``too_early`` how many are for a date whose day has not come,
    and ``offers`` how many people on waiting lists may get a place and an email.
    """

    chosen: int
    already: int
    no_place: int = 0
    too_early: int = 0
    emails: int = 0
    offers: int = 0

    @property
    def changes(self) -> int:
        return self.chosen - self.already - self.no_place - self.too_early


@dataclass(frozen=True, slots=True)
class BulkResult:
    """The result for one registration. ``why`` is the reason if it was refused."""

    pk: int
    reference: str
    outcome: str
    why: str = ""


def preview(chosen: RegistrationQuerySet, task: BulkTask, *, at: datetime) -> BulkPreview:
    """Return the effect of ``task`` on ``chosen`` as things stand."""
    number = chosen.count()
    if task.action == ASSIGN:
        return BulkPreview(number, chosen.filter(assigned_to=task.to).count())
    already = chosen.filter(status=task.action).count()
    too_early = no_place = offers = 0
    others = chosen.exclude(status=task.action)
    if task.action in decisions.ATTENDANCE:
        tomorrow = datetime.combine(at.astimezone(LONDON) + timedelta(days=1), time.min, LONDON)
        early = others.filter(occurrence__starts_at__gte=tomorrow)
        too_early, others = early.count(), others.filter(occurrence__starts_at__lt=tomorrow)
    if task.action in HOLDING:
        no_place = number_without_place(others)
    if task.action not in HOLDING:
        holding = chosen.filter(status__in=HOLDING)
        freed = holding.aggregate(places=Sum(F("guests") + 1))["places"] or 0
        waiting = Registration.objects.queue().filter(
            occurrence__in=holding.values("occurrence"), page__approval=False
        )
        offers = min(freed, waiting.order_by().count())
    changes = number - already - no_place - too_early
    emails = changes if task.tell and task.action in actions.EMAIL_FOR_STATUS else 0
    return BulkPreview(number, already, no_place, too_early, emails, offers)


def number_without_place(chosen: RegistrationQuerySet) -> int:
    """Return how many of ``chosen`` get no place, in the order in which they will be taken."""
    seeking = chosen.exclude(status__in=HOLDING).order_by("received_at", "pk")
    rows = list(seeking.values_list("occurrence", "guests"))
    dates = Occurrence.objects.filter(pk__in={occurrence for occurrence, _guests in rows})
    left = {
        counts.occurrence.pk: None if counts.capacity is None else counts.capacity - counts.taken
        for counts in date_counts(dates)
    }
    refused = 0
    for occurrence, guests in rows:
        places = left[occurrence]
        if places is None:
            continue
        if places < 1 + guests:
            refused += 1
        else:
            left[occurrence] = places - 1 - guests
    return refused


def run(keys: list[int], task: BulkTask) -> Iterator[BulkResult]:
    """Do ``task`` to each of ``keys`` in turn, each in its own transaction.

    The user is read again every ``CHUNK``, so that withdrawing a right stops the run.
    """
    user = task.by
    for number, key in enumerate(keys):
        if number and number % CHUNK == 0:
            user = permissions.as_now(user)
        yield do_one(key, task, user)


def do_one(key: int, task: BulkTask, user) -> BulkResult:
    """Do ``task`` to one registration, wholly or not at all."""
    registration = (
        Registration.objects.viewable_by(user, permissions.DECIDE)
        .select_related("occurrence", "page")
        .defer("sensitive_answers")
        .filter(pk=key)
        .first()
    )
    if registration is None:
        return BulkResult(
            key,
            "",
            REFUSED,
            "It has been deleted, or you no longer have permission to decide on it",
        )
    reference = registration.reference
    try:
        is_done = change(registration, task, user)
    except RegistrationActionError as error:
        return BulkResult(key, reference, REFUSED, str(error))
    except DatabaseError:
        return BulkResult(key, reference, REFUSED, "It could not be saved just now. Try again")
    return BulkResult(key, reference, DONE if is_done else ALREADY)


def change(registration: Registration, task: BulkTask, user) -> bool:
    """Do it; return whether there was anything to do. Raises ``RegistrationActionError``."""
    if task.action == ASSIGN:
        return decisions.assign(registration, task.to, by=user)
    if registration.status == task.action:
        return False
    changes = RegistrationChange.objects.filter(registration=registration)
    if task.seen_at and changes.filter(at__gt=task.seen_at).exists():
        raise decisions.Overtaken("It was changed after you opened the preview")
    decisions.decide(
        registration,
        task.action,
        by=user,
        note=task.note,
        sentence=task.sentence,
        tell=task.tell,
        seen=registration.status,
        batch=task.batch,
        wait=UNDO_WITHIN,
    )
    return True


def undo(batch: UUID, user, *, at: datetime) -> tuple[int, list[BulkResult]]:
    """Undo the bulk action ``batch`` of ``user``; return how many were undone, and what was not.

    Each wholly or not at all; nothing once ``UNDO_WITHIN`` is over.
    """
    changes = RegistrationChange.objects.filter(batch=batch, by=user, at__gt=at - UNDO_WITHIN)
    visible = Registration.objects.viewable_by(user, permissions.DECIDE).order_by()
    undone, refused = 0, []
    for change in changes.filter(registration__in=visible.values("pk")).select_related(
        "registration"
    ):
        row = change.registration
        try:
            decisions.undo(change, by=user)
            undone += 1
        except RegistrationActionError as error:
            refused.append(BulkResult(row.pk, row.reference, REFUSED, str(error)))
    return undone, refused


class BulkActionForm(SelectionForm):
    """What to do with the selection."""

    action = forms.ChoiceField(
        label="With the ticked registrations",
        choices=[
            ("", "Choose what to do"),
            ("confirmed", "Confirm"),
            ("declined", "Decline"),
            ("attended", "Mark as attended"),
            ("did_not_attend", "Mark as did not attend"),
            (ASSIGN, "Assign"),
        ],
        error_messages={
            "required": "Choose what to do",
            "invalid_choice": "Choose what to do from the list",
        },
    )
    rights = (permissions.DECIDE,)


class BulkPreviewForm(BulkActionForm):
    """The action with its details, for the preview."""

    note = forms.CharField(
        label="Reason",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Saved in the history of each registration. The people cannot see it",
        error_messages={"max_length": NOTE_TOO_LONG},
    )
    quiet = forms.BooleanField(required=False, label="Do not email the people")
    sentence = sentence_field()
    assigned_to = PersonChoiceField(
        None,
        label="Assign them to",
        required=False,
        empty_label="Nobody",
        error_messages={"invalid_choice": "Choose one of the people in the list"},
    )
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, events: list[int | None], **kwargs):
        super().__init__(*args, **kwargs)
        event = events[0] if len(events) == 1 else None
        self.fields["assigned_to"].queryset = permissions.people_with(permissions.VIEW, event=event)

    def task(self) -> BulkTask:
        """Return the task of a valid form."""
        cleaned = self.cleaned_data
        return BulkTask(
            action=cleaned["action"],
            by=self.user,
            note=cleaned["note"],
            sentence=cleaned["sentence"],
            tell=not cleaned["quiet"],
            to=cleaned["assigned_to"],
            seen_at=cleaned["seen_at"],
        )


class BulkView(ReviewView):
    """Preview a bulk action, then do it; 422 for a mistake in the form.

    The page is sent while it runs, so that progress shows without JavaScript. Reloading runs it
    again and finds everything done.
    """

    template_name = "prevent_registrations/review/bulk.html"
    page_title = "Several registrations"

    rights = (permissions.VIEW, permissions.DECIDE)

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(self.index_url)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        selection = BulkActionForm(request.POST, user=request.user)
        if not selection.is_valid():
            return self.show(form=selection, status=422)
        chosen = selection.chosen()
        events = list(chosen.order_by().values_list("occurrence__event", flat=True).distinct()[:2])
        form = BulkPreviewForm(request.POST, user=request.user, events=events)
        if not form.is_valid():
            return self.preview(form, selection, status=422)
        if "confirmed" in request.POST:
            return self.run(
                form, list(chosen.order_by("received_at", "pk").values_list("pk", flat=True))
            )
        return self.preview(form, selection)

    def preview(
        self, form: BulkPreviewForm, selection: BulkActionForm, *, status: int = 200
    ) -> HttpResponse:
        chosen = selection.chosen()
        action = selection.cleaned_data["action"]
        task = form.task() if form.is_valid() else BulkTask(action, by=self.request.user)
        statuses = dict(Status.choices)
        counts = chosen.order_by().values_list("status").annotate(number=Count("pk"))
        return self.show(
            form=form,
            action=action,
            action_label=dict(selection.fields["action"].choices)[action],
            preview=preview(chosen, task, at=timezone.now()),
            counts=[(statuses[each], number) for each, number in counts],
            hidden=[
                *selection.hidden(),
                ("action", action),
                ("seen_at", timezone.now().isoformat()),
            ],
            sends_email=action in actions.EMAIL_FOR_STATUS,
            **(self.email_of_one(chosen, task) if "preview" in self.request.POST else {}),
            status=status,
        )

    def email_of_one(self, chosen: RegistrationQuerySet, task: BulkTask) -> dict:
        """Return the email as one of its recipients reads it."""
        others = chosen.exclude(status=task.action).exclude(email="").order_by("discreet", "pk")
        one = others.select_related("page", "occurrence").defer("sensitive_answers").first()
        email = one and decision_email(one, task.action, task.sentence)
        return {"email": email, "is_preview": True}

    def show(self, *, status: int = 200, **kwargs) -> HttpResponse:
        return self.render_to_response(self.get_context_data(**kwargs), status=status)

    def run(self, form: BulkPreviewForm, keys: list[int]) -> HttpResponseBase:
        self.page_title = "What was done"
        context = self.get_context_data(progress=PROGRESS_HERE)
        page = render_to_string("prevent_registrations/review/bulk_run.html", context, self.request)
        before, _, after = page.partition(PROGRESS_HERE)
        response = StreamingHttpResponse(self.stream(form.task(), keys, before, after))
        add_never_cache_headers(response)
        # A proxy that buffers the answer would hide the progress.
        response["X-Accel-Buffering"] = "no"
        return response

    def stream(self, task: BulkTask, keys: list[int], before: str, after: str) -> Iterator[str]:
        yield before
        results = []
        for result in run(keys, task):
            results.append(result)
            if len(results) % CHUNK == 0 and len(results) < len(keys):
                progress = {"done": len(results), "all": len(keys)}
                yield render_to_string("prevent_registrations/review/bulk_progress.html", progress)
        outcomes = dict.fromkeys((DONE, ALREADY, REFUSED), 0)
        for result in results:
            outcomes[result.outcome] += 1
        refused = [result for result in results if result.outcome == REFUSED]
        yield render_to_string(
            "prevent_registrations/review/bulk_result.html",
            {
                **outcomes,
                "all": len(keys),
                "results": refused,
                "index_url": self.index_url,
                "undo_url": self.address("undo", task.batch) if task.action != ASSIGN else "",
                "undo_until": timezone.now() + UNDO_WITHIN,
            },
            self.request,
        )
        yield after


class UndoView(ReviewView):
    """Undo one's own bulk action, within ten minutes."""

    rights = (permissions.VIEW, permissions.DECIDE)
    page_title = "What was undone"
    template_name = "prevent_registrations/review/bulk_undone.html"

    def get(self, request: HttpRequest, batch: UUID) -> HttpResponse:
        return redirect(self.index_url)

    def post(self, request: HttpRequest, batch: UUID) -> HttpResponse:
        undone, refused = undo(batch, request.user, at=timezone.now())
        return self.render_to_response(self.get_context_data(undone=undone, results=refused))
