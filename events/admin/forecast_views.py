"""What the page editor asks while somebody types: what the form comes to as it stands."""

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.permissions import page_permission_policy

from ..models import EventPage
from .forecast import forecast_for, review_of, status_line
from .panels import draft_of_form


@never_cache
@require_POST
def forecast(request: HttpRequest, page_id: int | None = None) -> JsonResponse:
    """Return the contents of the editor's panels for the form in the request. Saves nothing.

    ``panels`` holds HTML by the name of the panel, ``status`` a sentence to be read out. Answers
    400 or 403 with a sentence in ``error``, and 404 for a page that is no event.
    """
    if not may_edit(request, page := page_of(page_id)):
        return refusal(_("You may not edit this event."), 403)
    try:
        draft = draft_of_form(request.POST)
    except (ValueError, OverflowError):
        return refusal(_("This form is not complete. Load the page again."), 400)
    outlook = forecast_for(draft, page, at=timezone.now())
    consent = request.POST.get("cancel_dates", "")
    panels = {
        "dates": render_to_string(
            "prevent_events/admin/forecast.html",
            {
                "forecast": outlook,
                "is_allowed": bool(outlook.cancels) and outlook.is_allowed_by(consent),
            },
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
