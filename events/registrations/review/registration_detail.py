"""One registration on the screen, and the actions on it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.db.models import BooleanField, Case, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin import messages

from prevent_content.models import PreventSettings

from .. import permissions
from ..actions import EMAIL_FOR_STATUS, RegistrationActionError
from ..emails.booking import preview_email
from ..emails.links import site_of
from ..encryption import UndecryptableAnswers
from ..models import AccessRecord, Registration, RegistrationChange
from ..models.registration import ACTIVE, HOLDING, TO_CONFIRM, RegistrationQuerySet
from ..questions import answer_texts
from . import decisions
from .base import ReviewView, refused
from .filters import ORDERS, RegistrationFilterSet
from .forms import (
    AssignForm,
    DecisionForm,
    FlagForm,
    NoteForm,
    SendAgainForm,
    decision_again,
    decision_form,
)

ACTIONS = (
    "reveal",
    "decide",
    "note",
    "assign",
    "flag",
    "change",
    "move",
    "put_first",
    "send_again",
)


@dataclass(frozen=True, slots=True)
class ReadableAnswer:
    """One question and its answer: one text, or several if several could be chosen."""

    label: str
    texts: tuple[str, ...]


def readable(answers: Iterable[dict]) -> list[ReadableAnswer]:
    """Return saved ``answers`` in the order of their form."""
    return [
        ReadableAnswer(
            answer["label"], tuple(answer_texts(answer["value"], answer.get("type", "")))
        )
        for answer in answers
    ]


def sensitive_answers(registration: Registration) -> list[ReadableAnswer] | None:
    """Decrypt and return the sensitive answers, or None if no configured key fits."""
    # Screens defer the column and only this reads it, so that nothing else decrypts.
    rows = Registration.objects.values_list("sensitive_answers", flat=True)
    try:
        return readable(rows.get(pk=registration.pk))
    except UndecryptableAnswers:
        return None


def neighbours(
    found: RegistrationQuerySet, current: Registration, order: list[str]
) -> tuple[int | None, int | None]:
    """Return the keys of the rows before and after ``current`` in ``found``.

    ``order`` is that of ``found`` and ends with its key. ``current`` need not be in ``found``: a
    decision may just have removed it from the filter.
    """
    before = found.filter(beyond(current, order, backwards=True)).order_by(*map(reverse, order))
    after = found.filter(beyond(current, order, backwards=False)).order_by(*order)
    return tuple(side.values_list("pk", flat=True).first() for side in (before, after))


def reverse(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def beyond(current: Registration, order: list[str], *, backwards: bool) -> Q:
    """Return the condition for rows after ``current`` in ``order``, or before it."""
    condition, equal = Q(), Q()
    for field in order:
        name = field.removeprefix("-")
        value = current
        for part in name.split("__"):
            value = getattr(value, part)
        is_less = field.startswith("-") is not backwards
        condition |= equal & Q(**{f"{name}__{'lt' if is_less else 'gt'}": value})
        equal &= Q(**{name: value})
    return condition


class RegistrationView(ReviewView):
    """The screen of one registration, shown after every action.

    The address may contain the filter of the list it was opened from, which is passed on.
    """

    template_name = "prevent_registrations/review/registration.html"

    def get_registration(self) -> Registration:
        """Return the address's registration, with no sensitive answer read or decrypted."""
        return get_object_or_404(
            Registration.objects.viewable_by(self.request.user, *self.rights)
            .select_related("occurrence", "page", "assigned_to")
            .defer("sensitive_answers")
            .annotate(
                has_sensitive_answers=Case(
                    When(sensitive_answers="", then=Value(False)),
                    default=Value(True),
                    output_field=BooleanField(),
                )
            ),
            pk=self.kwargs["pk"],
        )

    @cached_property
    def filters(self) -> RegistrationFilterSet:
        return RegistrationFilterSet(self.request.GET, request=self.request)

    @cached_property
    def query(self) -> str:
        """Return the address's filter as a query string, or "" if it is invalid."""
        query = self.filters.query if self.filters.is_valid() else ""
        return f"?{query}" if query else ""

    def inspect_url(self) -> str:
        return self.url_of(self.kwargs["pk"])

    def url_of(self, pk: int | None) -> str:
        return self.address("inspect", pk) + self.query if pk else ""

    def neighbours_of(self, registration: Registration) -> tuple[int | None, int | None]:
        if not self.filters.is_valid():
            return None, None
        return neighbours(self.filters.chosen(), registration, ORDERS[self.filters.order])

    def get_breadcrumbs_items(self) -> list[dict]:
        reference = self.page_title.removeprefix("Registration ")
        return [
            *self.breadcrumbs_items,
            {"url": self.index_url + self.query, "label": self.index_title},
            {"url": self.inspect_url(), "label": reference},
        ]

    def duplicates_of(self, registration: Registration) -> list[tuple[str, str, str]]:
        """Return reference, address and merging address of each possible duplicate in view."""
        keys = registration.possible_duplicates().values("pk")
        visible = Registration.objects.viewable_by(self.request.user).filter(pk__in=keys)
        rows = visible.order_by("received_at", "pk").values_list("pk", "reference")
        return [
            (
                reference,
                self.address("inspect", pk),
                self.address("merge", registration.pk, pk),
            )
            for pk, reference in rows
        ]

    def show(self, registration: Registration, *, status: int = 200, **kwargs) -> HttpResponse:
        user, pk = self.request.user, registration.pk
        before, after = self.neighbours_of(registration)
        self.page_title = f"Registration {registration.reference}"
        context = self.get_context_data(
            registration=registration,
            answers=readable(registration.answers),
            history=registration.history.select_related("by__wagtail_userprofile"),
            emails=registration.emails.order_by("created_at", "pk"),
            duplicates=self.duplicates_of(registration),
            queue_place=registration.place_in_queue,
            is_closed=registration.status not in (*ACTIVE, *HOLDING),
            may_send_again=(registration.email and registration.status in (*ACTIVE, *TO_CONFIRM)),
            may_see_sensitive=permissions.may(user, permissions.VIEW_SENSITIVE),
            may_clear=permissions.may(user, permissions.CONCERNS),
            previous_url=self.url_of(before),
            next_url=self.url_of(after),
            list_url=self.index_url + self.query,
            **{f"{action}_url": self.address(action, pk) + self.query for action in ACTIONS},
            **kwargs,
        )
        if registration.concern_since or permissions.may(user, permissions.CONCERNS):
            site = site_of(registration.page)
            context["routes"] = PreventSettings.for_site(site) if site else None
        if permissions.may(user, permissions.DECIDE):
            context.setdefault("form", decision_form(registration))
            context.setdefault("note_form", NoteForm())
            context.setdefault("send_again_form", SendAgainForm(prefix="again"))
            context.setdefault("assign_form", assignment_of(registration))
            context.setdefault("flag_form", FlagForm())
            context["flagging_is_on"] = permissions.flagging_is_on()
        return self.render_to_response(context, status=status)


def assignment_of(registration: Registration, posted=None) -> AssignForm:
    return AssignForm(
        posted,
        event=registration.occurrence.event_id,
        flagged=registration.concern_since is not None,
        initial={"assigned_to": registration.assigned_to_id},
    )


class RegistrationInspectView(RegistrationView):
    """Show a registration with its sensitive answers hidden."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        AccessRecord.record(request.user, AccessRecord.Action.LOOKED, registration=registration)
        return self.show(registration)


class ActionView(RegistrationView):
    """An action by POST. Reloading the address shows the registration again."""

    rights = (permissions.VIEW, permissions.DECIDE)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(self.inspect_url())

    def leave(self, sentence: str) -> HttpResponse:
        """Say what was done, without a name, because messages are in a cookie until shown."""
        messages.success(self.request, sentence)
        return redirect(self.inspect_url())


class RevealView(ActionView):
    """Show a registration with its sensitive answers, after recording who reads them."""

    rights = (permissions.VIEW, permissions.VIEW_SENSITIVE)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        AccessRecord.record(
            request.user, AccessRecord.Action.REVEALED, registration=registration, sensitive=True
        )
        return self.show(
            registration, revealed=True, sensitive_answers=sensitive_answers(registration)
        )


class DecideView(ActionView):
    """Give a registration another status, or a note; 422 for a mistake in the form.

    Answers 409, with what was typed, if another person decided while the form was open, or no place
    is left.
    """

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return self.show(registration, form=form, status=422)
        after = self.neighbours_of(registration)[1]
        cleaned = form.cleaned_data
        if "preview" in request.POST:
            email = decision_email(registration, cleaned["status"], cleaned["sentence"])
            return self.show(registration, form=form, email=email, is_preview=True)
        try:
            change = decisions.decide(
                registration,
                cleaned["status"],
                by=request.user,
                note=cleaned["note"],
                tell=not cleaned["quiet"],
                seen=cleaned["seen"],
                sentence=cleaned["sentence"],
            )
        except RegistrationActionError as error:
            now = self.get_registration()
            again = decision_again(form, now, str(error))
            return self.show(now, form=again, status=409)
        response = self.leave(outcome(registration.reference, change))
        if "next" in request.POST:
            return redirect(self.url_of(after) or self.index_url + self.query)
        return response


def decision_email(
    registration: Registration, status: str, sentence: str
) -> EmailMultiAlternatives | None:
    """Return the email that goes with a decision; None if there is none."""
    kind = EMAIL_FOR_STATUS.get(status)
    if kind is None or status == registration.status or not registration.email:
        return None
    return preview_email(registration, kind, status=status, sentence=sentence, at=timezone.now())


class NoteView(ActionView):
    """Add a note to the history."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.show(registration, note_form=form, mistakes=form, status=422)
        decisions.add_note(registration, form.cleaned_data["note"], by=request.user)
        return self.leave(f"Your note on {registration.reference} was saved.")


class AssignView(ActionView):
    """Assign a registration to a person, or to nobody."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = assignment_of(registration, request.POST)
        if not form.is_valid():
            return self.show(registration, assign_form=form, mistakes=form, status=422)
        to = form.cleaned_data["assigned_to"]
        try:
            decisions.assign(registration, to, by=request.user)
        except RegistrationActionError as error:
            form.add_error("assigned_to", str(error))
            return self.show(registration, assign_form=form, mistakes=form, status=409)
        done = "was assigned" if to else "is assigned to nobody"
        return self.leave(f"{registration.reference} {done}.")


class FlagView(ActionView):
    """Flag a safeguarding concern or, with the right to see concerns, clear the flag."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        is_clearing = "clear" in request.POST
        if not is_clearing and not permissions.flagging_is_on():
            return refused(request)
        if is_clearing and not permissions.may(request.user, permissions.CONCERNS):
            return refused(request)
        registration = self.get_registration()
        form = FlagForm(request.POST)
        if not form.is_valid():
            return self.show(registration, flag_form=form, mistakes=form, status=422)
        change = decisions.clear_flag if is_clearing else decisions.flag
        change(registration, by=request.user, why=form.cleaned_data["why"])
        if is_clearing:
            return self.leave(f"The flag on {registration.reference} was cleared.")
        response = self.leave(f"{registration.reference} was flagged. The leads get an email.")
        if not Registration.objects.viewable_by(request.user).filter(pk=pk).exists():
            return redirect(self.index_url)
        return response


def outcome(reference: str, change: RegistrationChange) -> str:
    if change.status == change.previous_status:
        return f"Your note on {reference} was saved."
    return f"{reference} is now “{change.get_status_display()}”."
