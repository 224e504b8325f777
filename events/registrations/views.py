"""The public journey: the form, a page to check the answers, and the confirmation."""

from datetime import UTC, date, datetime

from django.core import signing
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events.english_dates import LONDON
from events.models import Occurrence
from events.views import address_after_move
from prevent_content.visitor_marks import own_to_each_visitor

from . import submissions
from .actions import RegistrationActionError
from .form_responses import (
    ANSWERS,
    NO_LONGER_STORED,
    address_of_answers,
    answers_so_far,
    data_for,
    has_room,
    private,
    public_form,
    query_dict,
    refusal,
    refused,
    show,
    show_form,
    too_many,
)
from .forms import OccurrenceField, RegistrationForm
from .held_places import hold_until, lapse_all
from .models import AnswersSoFar, FormAnswers, Receipt, Registration, RegistrationPage
from .models.registration import TO_CONFIRM

Status = Registration.Status
RECEIVED_SALT = "prevent_registrations.received"
RECEIVED_MAX_AGE = 24 * 60 * 60
# The query parameter for answers to check before they are sent.
CHECK = "check"
FORM = "registration_page"


@public_form
def register(request: HttpRequest, page: RegistrationPage) -> HttpResponse:
    """Show the form, let people check their answers, or store them and show the confirmation.

    Each step is a redirect to an address that can be reloaded and returned to. A form that cannot
    be accepted comes back complete: 422 for errors in the answers, 409 if a form already accepted
    comes again with other answers or the date has filled up meanwhile, 410 if registration is
    closed, 429 if too many come from one network.
    """
    if request.method == "POST":
        # A lapsed held place is free for this form, unless someone is waiting for it.
        lapse_all(at=timezone.now())
    if request.method == "POST" and (token := request.POST.get(ANSWERS)):
        return send(request, page, token)
    answers = answers_so_far(request, CHECK) or answers_so_far(request)
    if answers is not None and answers.received:
        return to_confirmation(answers.received)
    form = form_for(request, page, data_for(request, answers))
    context = page.get_context(request) | {"form": form}
    receipt = earlier_receipt(form) if request.method == "POST" else None
    if not form.fields["occurrence"].open_uuids:
        return closed(request, form, context)
    if request.method == "POST":
        response = refusal(request, form, FORM, context)
        return response or take(request, form, receipt, context)
    if form.is_bound and CHECK in request.GET and form.is_valid():
        context["rows"] = form.rows_to_check()
        context["token"] = request.GET[CHECK]
        return show(request, "registration_check", context)
    if form.is_bound and CHECK in request.GET:
        return show(request, FORM, context, status=422)
    if not form.is_bound:
        day = parse_day(request.GET.get("date", ""))
        is_unknown = day and page.event and day not in form.fields["occurrence"].days
        if is_unknown and (address := address_after_move(request, page.event)):
            return private(redirect(address))
        if answers is None and ("date" not in request.GET or day in form.fields["occurrence"].days):
            # Everyone gets this form alike, but for its token: it may be cached.
            token = own_to_each_visitor(request, "form token", page.pk)
            form.fields["submission_key"].initial = token
        choose_date(form, day)
        context["notice"] = why_not_chosen(form, day)
    return show_form(request, form, FORM, context, answers)


def form_for(
    request: HttpRequest, page: RegistrationPage, data: QueryDict | None
) -> RegistrationForm:
    day = parse_day(request.GET.get("date", ""))
    return RegistrationForm(data, page=page, at=timezone.now(), also=day and on_day(day))


def earlier_receipt(form: RegistrationForm) -> Receipt | None:
    """Return the receipt ``form`` got when it came before.

    The date was open then, and may have been filled by that very booking.
    """
    receipt = submissions.earlier_receipt(form.one_time_key)
    if receipt is not None:
        form.fields["occurrence"].unavailable = {}
    return receipt


def closed(request: HttpRequest, form: RegistrationForm, context: dict) -> HttpResponse:
    context["reason"] = closed_reason(form.page, form.fields["occurrence"])
    status = 410 if request.method == "POST" else 200
    return show(request, "registration_closed", context, status=status)


def send(request: HttpRequest, page: RegistrationPage, token: str) -> HttpResponse:
    """Submit the checked answers of ``token``, once however often this is requested.

    410 and an empty form if they are no longer stored.
    """
    answers = FormAnswers.read(token, at=timezone.now())
    if answers is not None and answers.received:
        return to_confirmation(answers.received)
    form = form_for(request, page, query_dict(answers.sent) if answers else None)
    context = page.get_context(request) | {"form": form}
    if answers is None:
        return show(request, FORM, context | {"notice": NO_LONGER_STORED}, status=410)
    receipt = earlier_receipt(form)
    if not form.fields["occurrence"].open_uuids:
        return closed(request, form, context)
    if response := refusal(request, form, FORM, context):
        return response
    return take(request, form, receipt, context, token=token)


def take(
    request: HttpRequest,
    form: RegistrationForm,
    receipt: Receipt | None,
    context: dict,
    *,
    token: str = "",
) -> HttpResponse:
    """Do with a valid form what its button says; without a button, submit it.

    ``receipt`` is the one already given if the form came before, ``token`` names the checked
    answers.
    """
    if request.POST.get("step") == "check" and form.page.check_answers and not token:
        if not has_room(request, form):
            return too_many(request, form, FORM, context)
        if address := address_of_answers(request, form, name=CHECK):
            return private(redirect(address))
    if receipt is None and form.exceeds_limits(request):
        return too_many(request, form, FORM, context)
    try:
        submission = form.submission(request)
        receipt = receipt or submissions.register(submission, at=form.at)[0]
    except RegistrationActionError as error:
        form.add_error(None if error.is_limited else "occurrence", str(error))
        status = 429 if error.is_limited else 409
        return refused(request, form, FORM, context, status=status)
    if receipt.fingerprint != submission.fingerprint:
        form.renew_submission_key()
        form.add_error(
            None,
            _(
                "You have already sent this form. Your reference is %(reference)s. To change your "
                "answers, use the link in your email. To book for someone else, send the form "
                "again"
            )
            % {"reference": receipt.reference},
        )
        return refused(request, form, FORM, context, status=409)
    date_uuid = str(form.cleaned_data["occurrence"].uuid)
    received_at = int(receipt.at.timestamp())
    confirmed = [receipt.reference, receipt.status, date_uuid, form.page.pk, received_at]
    received = signing.dumps(confirmed, salt=RECEIVED_SALT)
    if token:
        # Deletes the answers; going back shows the confirmation.
        FormAnswers.store(AnswersSoFar(received=received), at=form.at, token=token)
    return to_confirmation(received)


def to_confirmation(token: str) -> HttpResponse:
    return private(redirect("prevent_registrations:received", token))


def parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def on_day(day: date) -> Q:
    """Return the filter for dates that start on ``day`` in London."""
    return Q(pk__in=Occurrence.objects.between(day, day).order_by().values("pk"))


def choose_date(form: RegistrationForm, day: date | None) -> None:
    """Choose the date in ``?date=YYYY-MM-DD``, or the only one there is."""
    dates = form.fields["occurrence"]
    asked = [key for key in dates.open_uuids if dates.by_uuid[key].starts_on == day]
    if asked or (len(dates.open_uuids) == 1 and day is None):
        form.initial["occurrence"] = (asked or dates.open_uuids)[0]


def why_not_chosen(form: RegistrationForm, day: date | None) -> str:
    """Return why the requested date is not the one chosen, or ""."""
    if day is None or form.initial.get("occurrence"):
        return ""
    dates = form.fields["occurrence"]
    for key, row in dates.by_uuid.items():
        if row.starts_on == day:
            reason = dates.unavailable[key]
            said = {"day": row.day, "reason": f"{reason[0].lower()}{reason[1:]}"}
            return _("%(day)s: %(reason)s. You can choose another date.") % said
    return _("We cannot find that date. Choose another one.")


def closed_reason(page: RegistrationPage, dates: OccurrenceField) -> str:
    """Return why none of the form's dates can be chosen, in the editor's words or ours."""
    reasons = set(dates.unavailable.values())
    if _("Booking is not open yet") in reasons:
        opening = min(
            page.opening(row)
            for key, row in dates.by_uuid.items()
            if dates.unavailable[key] == _("Booking is not open yet")
        )
        day = date_format(timezone.localtime(opening, LONDON), "j F Y")
        return page.before_text or _("Booking opens on %(day)s.") % {"day": day}
    if reasons == {_("This date is full")}:
        return _("All dates of this event are full.")
    return page.after_text or _("No dates of this event are open for booking.")


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the booking, and say what happens next. Names nobody.

    It contains only what the sender was told and what is public, so it never reveals whether the
    address was already registered, nor what has happened to that registration since.
    """
    try:
        reference, status, date_uuid, page_pk, received_at = signing.loads(
            token, salt=RECEIVED_SALT, max_age=RECEIVED_MAX_AGE
        )
        page = RegistrationPage.objects.get(pk=page_pk)
        occurrence = Occurrence.objects.for_display().get(uuid=date_uuid)
    except (
        signing.BadSignature,
        ValueError,
        RegistrationPage.DoesNotExist,
        Occurrence.DoesNotExist,
    ) as error:
        raise Http404("This confirmation is no longer shown") from error
    held_until = hold_until(occurrence, at=datetime.fromtimestamp(received_at, UTC))
    was_held = status == Status.HELD
    context = {
        "receipt": Receipt(reference=reference, status=status),
        "to_confirm": status in TO_CONFIRM,
        "held_until": held_until if was_held else None,
        "is_held": was_held and held_until > timezone.now(),
        "by_approval": page.approval,
        "waiting_list": page.waiting_list,
        "occurrence": occurrence,
        "page": page,
        "erase_at": page.erase_at(occurrence),
        "erase_sensitive_at": page.erase_sensitive_at(occurrence),
    }
    return show(request, "registration_received", context)
