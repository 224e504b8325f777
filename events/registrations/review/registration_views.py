"""One registration on the screen, and what can be done to it there."""

from django.db.models import BooleanField, Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from wagtail.admin import messages

from prevent_content.models import PreventSettings

from .. import actions, permissions
from ..emails import site_of
from ..models import AccessRecord, Registration, RegistrationChange
from . import answers, concern, decisions
from .filters import ORDERS, RegistrationFilterForm
from .forms import AssignForm, DecisionForm, FlagForm, NoteForm, decision_about, decision_again
from .listing import neighbours
from .views import ReviewView


class RegistrationView(ReviewView):
    """One registration on the screen, whatever was done to bring it there.

    The address may hold the filter of the list that it was opened from; it is handed on.
    """

    def get_registration(self) -> Registration:
        """Return the registration of the address, with no sensitive answer read or decrypted."""
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
    def filter_form(self) -> RegistrationFilterForm:
        return RegistrationFilterForm(self.request.GET, user=self.request.user)

    @cached_property
    def query(self) -> str:
        """Return the filter of the address as its end, or nothing for one that makes no sense."""
        query = self.filter_form.query if self.filter_form.is_valid() else ""
        return f"?{query}" if query else ""

    def inspect_url(self) -> str:
        return self.url_of(self.kwargs["pk"])

    def url_of(self, pk: int | None) -> str:
        return self.address("inspect", pk) + self.query if pk else ""

    def neighbours_of(self, registration: Registration) -> tuple[int | None, int | None]:
        form = self.filter_form
        if not form.is_valid():
            return None, None
        return neighbours(form.chosen(), registration, ORDERS[form.order])

    def show(self, registration: Registration, *, status: int = 200, **kwargs) -> HttpResponse:
        user, pk = self.request.user, registration.pk
        before, after = self.neighbours_of(registration)
        context = self.get_context_data(
            heading=f"Registration {registration.reference}",
            registration=registration,
            answers=answers.readable(registration.answers),
            history=registration.history.select_related("by__wagtail_userprofile"),
            emails=registration.emails.order_by("created_at", "pk"),
            may_see_sensitive=permissions.may(user, permissions.VIEW_SENSITIVE),
            may_clear=permissions.may(user, permissions.CONCERNS),
            previous_url=self.url_of(before),
            next_url=self.url_of(after),
            list_url=self.index_url + self.query,
            **{f"{screen}_url": self.address(screen, pk) + self.query for screen in ACTS},
            breadcrumbs_items=[
                {"url": self.index_url + self.query, "label": "Registrations"},
                {"url": self.inspect_url(), "label": registration.reference},
            ],
            **kwargs,
        )
        if registration.concern_since or permissions.may(user, permissions.CONCERNS):
            site = site_of(registration.page)
            context["routes"] = PreventSettings.for_site(site) if site else None
        if permissions.may(user, permissions.DECIDE):
            context.setdefault("form", decision_about(registration))
            context.setdefault("note_form", NoteForm())
            context.setdefault("assign_form", assignment_of(registration))
            context.setdefault("flag_form", FlagForm())
        return self.render_to_response(context, status=status)

    def get_template_names(self) -> list[str]:
        return self.model_admin.get_inspect_template()


ACTS = ("reveal", "decide", "note", "assign", "flag")


def assignment_of(registration: Registration, posted=None) -> AssignForm:
    return AssignForm(
        posted,
        event=registration.occurrence.event_id,
        flagged=registration.concern_since is not None,
        initial={"assigned_to": registration.assigned_to_id},
    )


class RegistrationInspectView(RegistrationView):
    """Show a registration, its sensitive answers closed."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        AccessRecord.record(request.user, AccessRecord.Act.LOOKED, registration=registration)
        return self.show(registration)


class ActView(RegistrationView):
    """Something that a POST does; whoever reloads the address gets the registration again."""

    rights = (permissions.VIEW, permissions.DECIDE)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(self.inspect_url())

    def leave(self, sentence: str) -> HttpResponse:
        """Say what was done, without a name: messages lie in a cookie until they are shown."""
        messages.success(self.request, sentence)
        return redirect(self.inspect_url())


class RevealView(ActView):
    """Show a registration with its sensitive answers, after writing down who reads them."""

    rights = (permissions.VIEW, permissions.VIEW_SENSITIVE)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        AccessRecord.record(
            request.user, AccessRecord.Act.REVEALED, registration=registration, sensitive=True
        )
        return self.show(
            registration, revealed=True, sensitive_answers=answers.sensitive_answers(registration)
        )


class DecideView(ActView):
    """Give a registration another status, or a note; 422 for a form with a mistake in it.

    Answers 409, with what was typed, when it cannot be done: somebody else decided while the
    form was open, no place is left, or the person has another registration for the date.
    """

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return self.show(registration, form=form, status=422)
        after = self.neighbours_of(registration)[1]
        asked = form.cleaned_data
        try:
            change = decisions.decide(
                registration,
                asked["status"],
                by=request.user,
                note=asked["note"],
                tell=not asked["quiet"],
                seen=asked["seen"],
            )
        except actions.RegistrationActionError as error:
            now = self.get_registration()
            again = decision_again(form, now, str(error))
            return self.show(now, form=again, status=409)
        response = self.leave(outcome(registration.reference, change))
        if "next" in request.POST:
            return redirect(self.url_of(after) or self.index_url + self.query)
        return response


class NoteView(ActView):
    """Keep a note in the history."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.show(registration, note_form=form, mistakes=form, status=422)
        decisions.note(registration, form.cleaned_data["note"], by=request.user)
        return self.leave(f"Your note on {registration.reference} is kept.")


class AssignView(ActView):
    """Say who looks after a registration."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = assignment_of(registration, request.POST)
        if not form.is_valid():
            return self.show(registration, assign_form=form, mistakes=form, status=422)
        to = form.cleaned_data["assigned_to"]
        try:
            decisions.assign(registration, to, by=request.user)
        except actions.RegistrationActionError as error:
            form.add_error("assigned_to", str(error))
            return self.show(registration, assign_form=form, mistakes=form, status=409)
        done = "is assigned" if to else "is assigned to nobody"
        return self.leave(f"{registration.reference} {done}.")


class FlagView(ActView):
    """Flag a safeguarding concern; with the right to them, also clear the flag."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        is_clearing = "clear" in request.POST
        if is_clearing and not permissions.may(request.user, permissions.CONCERNS):
            return self.refuse()
        registration = self.get_registration()
        form = FlagForm(request.POST)
        if not form.is_valid():
            return self.show(registration, flag_form=form, mistakes=form, status=422)
        act = concern.clear if is_clearing else concern.flag
        act(registration, by=request.user, why=form.cleaned_data["why"])
        if is_clearing:
            return self.leave(f"The flag of {registration.reference} is cleared.")
        response = self.leave(f"{registration.reference} is flagged. The leads are being told.")
        if not Registration.objects.viewable_by(request.user).filter(pk=pk).exists():
            return redirect(self.index_url)
        return response


def outcome(reference: str, change: RegistrationChange) -> str:
    if change.status == change.previous_status:
        return f"Your note on {reference} is kept."
    return f"{reference} is now “{change.get_status_display()}”."
