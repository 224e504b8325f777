"""The screens on which staff add people, and change, move and merge registrations."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin import messages

from events.models import Occurrence

from .. import corrections, permissions
from ..actions import RegistrationActionError
from ..availability import form_of
from ..emails.booking import preview_email
from ..encryption import UndecryptableAnswers
from ..models import AccessRecord, Registration, RegistrationPage
from ..models.page import GOING_AHEAD
from ..places import places_left
from ..submissions import register
from . import bookings
from .base import ReviewView
from .booking_forms import (
    AddPersonForm,
    ChangeBookingForm,
    MergeForm,
    MoveDateForm,
    PutFirstForm,
)
from .forms import SendAgainForm
from .registration_detail import ActionView

Status = Registration.Status
CANNOT_DECRYPT = (
    "The sensitive answers cannot be decrypted. Ask your web team to add the key that encrypted "
    "them to FIELD_ENCRYPTION_KEYS again"
)
ADDED = {
    Status.RECEIVED: "was added and waits for a decision",
    Status.CONFIRMED: "was added and has a place",
    Status.WAITING: "was added to the waiting list",
    Status.ATTENDED: "was added and is here",
}


def dates_to_book(user, *, at):
    """Return the dates that go ahead and are not over, of the events of ``user``."""
    dates = permissions.occurrences_for(user).filter(ends_at__gt=at, status__in=GOING_AHEAD)
    return dates.select_related("event").order_by("starts_at", "pk")


class AddPersonView(ReviewView):
    """Add someone who phones, writes or comes to the door; 422 for a mistake in the form.

    Without a date in the address, it asks for one.
    """

    rights = (permissions.VIEW, permissions.DECIDE)
    page_title = "Add a person"

    def get(self, request: HttpRequest, uuid=None) -> HttpResponse:
        if uuid is None:
            return self.choose_date()
        page = self.booking_page()
        if page is None:
            return self.choose_date("This event has no published booking form", status=409)
        return self.show(self.form(page))

    def post(self, request: HttpRequest, uuid=None) -> HttpResponse:
        page = self.booking_page() if uuid else None
        if page is None:
            return self.choose_date("Choose a date", status=409)
        form = self.form(page, request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            receipt, is_new = register(form.submission())
        except RegistrationActionError as error:
            form.add_error(None, str(error))
            return self.show(form, status=409)
        registration = receipt.registration
        if is_new:
            AccessRecord.record(request.user, AccessRecord.Action.ADDED, registration=registration)
        messages.success(
            request, f"{registration.reference} {ADDED.get(registration.status, 'was added')}."
        )
        return redirect(self.address("inspect", registration.pk))

    @cached_property
    def at(self):
        return timezone.now()

    @cached_property
    def occurrence(self) -> Occurrence:
        return get_object_or_404(
            dates_to_book(self.request.user, at=self.at), uuid=self.kwargs["uuid"]
        )

    def booking_page(self) -> RegistrationPage | None:
        return form_of(self.occurrence.event) if self.occurrence.event else None

    def form(self, page: RegistrationPage, posted=None) -> AddPersonForm:
        return AddPersonForm(
            posted,
            page=page,
            occurrence=self.occurrence,
            by=self.request.user,
            at=self.at,
        )

    def choose_date(self, problem: str = "", *, status: int = 200) -> HttpResponse:
        self.template_name = "prevent_registrations/review/add_person_date.html"
        dates = dates_to_book(self.request.user, at=self.at)[:24]
        rows = [(date, self.address("add_to_date", date.uuid)) for date in dates]
        return self.render_to_response(
            self.get_context_data(rows=rows, problem=problem), status=status
        )

    def show(self, form: AddPersonForm, *, status: int = 200) -> HttpResponse:
        self.template_name = "prevent_registrations/review/add_person.html"
        left = places_left(form.page, self.occurrence)
        context = self.get_context_data(
            form=form, occurrence=self.occurrence, left=left, page=form.page
        )
        return self.render_to_response(context, status=status)


class BookingView(ActionView):
    """A form about one registration on its own screen."""

    name = ""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except UndecryptableAnswers:
            messages.error(request, CANNOT_DECRYPT)
            return redirect(self.inspect_url())

    def get(self, request: HttpRequest, pk: int, **kwargs) -> HttpResponse:
        registration = self.get_registration()
        return self.ask(registration, self.form(registration))

    def ask(self, registration: Registration, form, *, status: int = 200, **kwargs) -> HttpResponse:
        self.page_title = f"{self.name}: {registration.reference}"
        context = self.get_context_data(
            form=form, registration=registration, back_url=self.inspect_url(), **kwargs
        )
        return self.render_to_response(context, status=status)

    def get_breadcrumbs_items(self) -> list[dict]:
        return [
            *self.breadcrumbs_items,
            {"url": self.index_url + self.query, "label": self.index_title},
            {"url": self.inspect_url(), "label": self.page_title.partition(": ")[2]},
            {"url": "", "label": self.name},
        ]

    def form(self, registration: Registration, posted=None):
        raise NotImplementedError


class ChangeView(BookingView):
    """Change name, guests and answers; sensitive ones on request and if allowed."""

    name = "Change"
    template_name = "prevent_registrations/review/change.html"

    @cached_property
    def with_sensitive(self) -> bool:
        may_see = permissions.may(self.request.user, permissions.VIEW_SENSITIVE)
        return may_see and "sensitive" in self.request.GET

    def get_registration(self) -> Registration:
        registration = super().get_registration()
        if registration.page is None and registration.occurrence.event:
            registration.page = form_of(registration.occurrence.event)
        return registration

    def form(self, registration: Registration, posted=None) -> ChangeBookingForm | None:
        if registration.page is None:
            return None
        if self.with_sensitive:
            AccessRecord.record(
                self.request.user,
                AccessRecord.Action.REVEALED,
                registration=registration,
                sensitive=True,
            )
        return ChangeBookingForm(
            posted,
            registration=registration,
            with_sensitive=self.with_sensitive,
            at=timezone.now(),
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = self.form(registration, request.POST)
        if form is None:
            return self.ask(registration, form, status=409)
        if not form.is_valid():
            return self.ask(registration, form, status=422)
        try:
            is_changed = bookings.change(
                registration,
                form.details(),
                by=request.user,
                why=form.cleaned_data["why"],
                tell=not form.cleaned_data["quiet"],
            )
        except RegistrationActionError as error:
            form.add_error("guests" if "guests" in form.fields else None, str(error))
            return self.ask(registration, form, status=409)
        if form.new_email:
            corrections.ask_for_address(
                registration, form.new_email, at=timezone.now(), by=request.user
            )
            text = "A link went to the new email address. It counts once the person has used it"
            return self.leave(f"{registration.reference}: {text}.")
        done = "was changed" if is_changed else "is as it was. Nothing was changed"
        return self.leave(f"{registration.reference} {done}.")

    def ask(self, registration: Registration, form, *, status: int = 200, **kwargs) -> HttpResponse:
        may_see = permissions.may(self.request.user, permissions.VIEW_SENSITIVE)
        return super().ask(
            registration,
            form,
            status=status,
            with_sensitive=self.with_sensitive,
            may_see_sensitive=may_see,
            move_url=self.address("move", registration.pk) + self.query,
        )


class MoveView(BookingView):
    """Move a registration to another date of its event."""

    name = "Move to another date"
    template_name = "prevent_registrations/review/move.html"

    def form(self, registration: Registration, posted=None) -> MoveDateForm:
        dates = dates_to_book(self.request.user, at=timezone.now()).filter(
            event=registration.occurrence.event_id
        )
        return MoveDateForm(posted, dates=dates.exclude(pk=registration.occurrence_id))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = self.form(registration, request.POST)
        if not form.is_valid():
            return self.ask(registration, form, status=422)
        cleaned = form.cleaned_data
        try:
            bookings.move(
                registration,
                cleaned["to"],
                by=request.user,
                why=cleaned["why"],
                tell=not cleaned["quiet"],
            )
        except RegistrationActionError as error:
            form.add_error("to", str(error))
            return self.ask(registration, form, status=409)
        return self.leave(f"{registration.reference} was moved to {cleaned['to'].day}.")


class PutFirstView(BookingView):
    """Move a registration to the head of its waiting list."""

    name = "Offer the next place"
    template_name = "prevent_registrations/review/put_first.html"

    def form(self, registration: Registration, posted=None) -> PutFirstForm:
        return PutFirstForm(posted)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = self.form(registration, request.POST)
        if not form.is_valid():
            return self.ask(registration, form, status=422)
        try:
            now = bookings.put_first(registration, by=request.user, why=form.cleaned_data["why"])
        except RegistrationActionError as error:
            form.add_error(None, str(error))
            return self.ask(registration, form, status=409)
        has_place = now.status == Status.CONFIRMED
        done = "has a place" if has_place else "is first on the waiting list"
        return self.leave(f"{registration.reference} {done}.")


class SendAgainView(ActionView):
    """Send the email about a registration's current state again, or preview it."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = SendAgainForm(request.POST, prefix="again")
        if not form.is_valid():
            return self.show(registration, send_again_form=form, mistakes=form, status=422)
        sentence = form.cleaned_data["sentence"]
        kind = bookings.CONFIRMATIONS.get(registration.status)
        if "preview" in request.POST and kind:
            now = registration.status
            email = preview_email(
                registration, kind, status=now, sentence=sentence, at=timezone.now()
            )
            return self.show(
                registration, send_again_form=form, email_again=email, is_preview_again=True
            )
        try:
            bookings.send_again(registration, by=request.user, sentence=sentence)
        except RegistrationActionError as error:
            messages.error(request, str(error))
            return redirect(self.inspect_url())
        return self.leave(f"The email to {registration.reference} is queued.")


class MergeView(BookingView):
    """Merge two registrations for the same date, with their answers side by side."""

    name = "Merge"
    template_name = "prevent_registrations/review/merge.html"

    @cached_property
    def other(self) -> Registration:
        rows = Registration.objects.viewable_by(self.request.user, *self.rights)
        return get_object_or_404(
            rows.select_related("occurrence", "page").defer("sensitive_answers"),
            ~Q(pk=self.kwargs["pk"]),
            pk=self.kwargs["other"],
            occurrence=self.get_registration().occurrence_id,
        )

    def form(self, registration: Registration, posted=None) -> MergeForm:
        may_see = permissions.may(self.request.user, permissions.VIEW_SENSITIVE)
        pair = (registration, self.other)
        page = registration.page
        action = AccessRecord.Action.REVEALED if may_see else AccessRecord.Action.LOOKED
        for each in pair:
            AccessRecord.record(self.request.user, action, registration=each, sensitive=may_see)
        most = 2 * (page.max_guests if page else 0) + 1
        most = max(most, *(row.guests for row in pair))
        return MergeForm(posted, pair=pair, most=most, with_sensitive=may_see)

    def post(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        registration = self.get_registration()
        form = self.form(registration, request.POST)
        if not form.is_valid():
            return self.ask(registration, form, status=422)
        try:
            bookings.merge(
                registration,
                self.other,
                form.details(),
                by=request.user,
                tell=not form.cleaned_data["quiet"],
            )
        except RegistrationActionError as error:
            form.add_error(None, str(error))
            return self.ask(registration, form, status=409)
        return self.leave(f"{self.other.reference} was merged into {registration.reference}.")

    def ask(self, registration: Registration, form, *, status: int = 200, **kwargs) -> HttpResponse:
        return super().ask(registration, form, status=status, other=self.other, **kwargs)
