"""The public journey: the form, its answers to check, and the page that says it was kept."""

from datetime import date

from django.core import signing
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.csrf import csrf_failure
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe
from wagtail.models import Page

from events.english_dates import LONDON
from events.models import Occurrence

from . import limits, submissions
from .actions import RegistrationActionError
from .forms import OccurrenceField, RegistrationForm
from .models import Receipt, RegistrationPage

RECEIVED_SALT = "prevent_registrations.received"
RECEIVED_MAX_AGE = 24 * 60 * 60
TOO_MANY = gettext_lazy(
    "Too many forms have come from your network. Wait ten minutes and send the form again"
)
NO_COOKIE = gettext_lazy(
    "Nothing has been sent yet: your browser did not send back the cookie that it got with this "
    "form. Check your answers and send the form again. If you see this twice, allow cookies for "
    "this website"
)


def private(response: HttpResponse) -> HttpResponse:
    """Keep ``response`` out of every cache, and its address from other sites: it is personal."""
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "same-origin"
    return response


def show(request: HttpRequest, name: str, context: dict, *, status: int = 200) -> HttpResponse:
    template = f"prevent_registrations/{name}.html"
    return private(TemplateResponse(request, template, context, status=status))


def too_many(request: HttpRequest, name: str, context: dict) -> HttpResponse:
    """Show the form of ``context`` again, with its answers, and say when to send it."""
    context["form"].add_error(None, TOO_MANY)
    response = show(request, name, context, status=429)
    response["Retry-After"] = str(limits.WINDOW_SECONDS)
    return response


@sensitive_post_parameters()
def register(
    request: HttpRequest, page: RegistrationPage, *, has_cookie: bool = True
) -> HttpResponse:
    """Show the form, let its answers be checked, or keep them and redirect to what says so.

    Otherwise the form comes back whole: 422 when something is wrong with the answers, 409 when a
    form that was kept comes again with others or the date has filled up meanwhile, 410 when
    registration is closed, 429 when too many come from one place, 403 without its cookie.
    """
    now = timezone.now()
    is_post = request.method == "POST"
    day = parse_day(request.GET.get("date", ""))
    form = RegistrationForm(
        request.POST if is_post else None, page=page, at=now, also=day and on_day(day)
    )
    context = page.get_context(request) | {"form": form}
    dates = form.fields["occurrence"]
    receipt = submissions.earlier_receipt(form.one_time_key) if is_post else None
    if receipt is not None:
        # The date was open when the form came first; that it filled up since is its own doing.
        dates.unavailable = {}
    if not dates.open_uuids:
        context["reason"] = closed_reason(page, dates)
        return show(request, "registration_closed", context, status=410 if is_post else 200)
    if not is_post:
        choose_date(form, day)
        context["notice"] = why_not_chosen(form, day)
        return show(request, "registration_page", context)
    is_valid = form.is_valid()
    if not has_cookie:
        form.add_error(None, NO_COOKIE)
        return show(request, "registration_page", context, status=403)
    if not is_valid:
        return show(request, "registration_page", context, status=422)
    return take(request, form, receipt, context)


def take(
    request: HttpRequest, form: RegistrationForm, receipt: Receipt | None, context: dict
) -> HttpResponse:
    """Do with a valid form what its button says; without a button it is sent.

    ``receipt`` is what was given for the form when it came before.
    """
    step = request.POST.get("step", "")
    if step == "change":
        return show(request, "registration_page", context)
    if step == "check" and form.page.check_answers:
        context["rows"] = form.rows_to_check()
        return show(request, "registration_check", context)
    if receipt is None and form.exceeds_limits(request):
        return too_many(request, "registration_page", context)
    try:
        submission = form.submission()
        receipt = receipt or submissions.register(submission, at=form.at)[0]
    except RegistrationActionError as error:
        form.add_error(None if error.is_limited else "occurrence", str(error))
        status = 429 if error.is_limited else 409
        return show(request, "registration_page", context, status=status)
    if receipt.fingerprint != submission.fingerprint:
        form.renew_submission_key()
        form.add_error(
            None,
            _(
                "You have already sent this form; your reference is %(reference)s. "
                "To change what you sent, use the link in your email. "
                "To register somebody else, send the form again"
            )
            % {"reference": receipt.reference},
        )
        return show(request, "registration_page", context, status=409)
    date_uuid = str(form.cleaned_data["occurrence"].uuid)
    said = [receipt.reference, receipt.status, date_uuid, form.page.pk]
    token = signing.dumps(said, salt=RECEIVED_SALT)
    return private(redirect("prevent_registrations:received", token))


def parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def on_day(day: date) -> Q:
    """Return what finds the dates that start on ``day`` in London."""
    return Q(pk__in=Occurrence.objects.between(day, day).order_by().values("pk"))


def choose_date(form: RegistrationForm, day: date | None) -> None:
    """Choose the date that ``?date=YYYY-MM-DD`` asks for, or the only one there is."""
    dates = form.fields["occurrence"]
    asked = [key for key in dates.open_uuids if dates.by_uuid[key].starts_on == day]
    if asked or (len(dates.open_uuids) == 1 and day is None):
        form.initial["occurrence"] = (asked or dates.open_uuids)[0]


def why_not_chosen(form: RegistrationForm, day: date | None) -> str:
    """Return why the date that was asked for is not the one that is chosen, or nothing."""
    if day is None or form.initial.get("occurrence"):
        return ""
    dates = form.fields["occurrence"]
    for key, row in dates.by_uuid.items():
        if row.starts_on == day:
            reason = dates.unavailable[key]
            said = {"day": row.day, "reason": f"{reason[0].lower()}{reason[1:]}"}
            return _("%(day)s: %(reason)s. You can choose another date.") % said
    return _("There is no such date. You can choose another one.")


def closed_reason(page: RegistrationPage, dates: OccurrenceField) -> str:
    """Return why none of the form's dates can be chosen, in the editor's words or ours."""
    reasons = set(dates.unavailable.values())
    if _("Registration is not open yet") in reasons:
        opening = min(
            page.opening(row)
            for key, row in dates.by_uuid.items()
            if dates.unavailable[key] == _("Registration is not open yet")
        )
        day = date_format(timezone.localtime(opening, LONDON), "j F Y")
        return page.before_text or _("Registration opens on %(day)s.") % {"day": day}
    if reasons == {_("This date is full")}:
        return _("All dates of this event are full.")
    return page.after_text or _("No date of this event is open for registration.")


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """Say that the form was kept, and what happens next. Names nobody.

    It is made of what the sender was told and of what is public, so that it never tells whether
    the address was registered already, nor what became of that registration since.
    """
    try:
        reference, status, date_uuid, page_pk = signing.loads(
            token, salt=RECEIVED_SALT, max_age=RECEIVED_MAX_AGE
        )
        page = RegistrationPage.objects.get(pk=page_pk)
        occurrence = Occurrence.objects.for_display().get(uuid=date_uuid)
    except (
        signing.BadSignature,
        RegistrationPage.DoesNotExist,
        Occurrence.DoesNotExist,
    ) as error:
        raise Http404("This confirmation is no longer shown") from error
    context = {
        "receipt": Receipt(reference=reference, status=status),
        "occurrence": occurrence,
        "page": page,
        "erase_at": page.erase_at(occurrence),
        "erase_sensitive_at": page.erase_sensitive_at(occurrence),
    }
    return show(request, "registration_received", context)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Give a registration form back with its answers when its cookie did not come with it.

    For ``CSRF_FAILURE_VIEW``. Nothing is kept of such a form; everything else is refused as Django
    refuses it.
    """
    match = request.resolver_match
    if request.method == "POST" and match and match.url_name == "wagtail_serve":
        page = Page.find_for_request(request, match.args[0])
        if isinstance(page, RegistrationPage) and not page.get_view_restrictions():
            return register(request, page, has_cookie=False)
    return csrf_failure(request, reason=reason)
