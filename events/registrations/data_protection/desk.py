"""What every screen of the desk shares: rights asked first, and answers that nobody stores."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from .. import permissions
from ..permissions import may, may_any
from ..views import private

View = Callable[..., HttpResponse]


def needs(*rights: str) -> Callable[[View], View]:
    """Answer 403, with a sentence, to whoever has not all of ``rights``, before anything else."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not may(request.user, *rights):
                return refused(request)
            return private(view(request, *args, **kwargs))

        return sensitive_post_parameters()(wrapper)

    return decorate


def refused(request: HttpRequest) -> HttpResponse:
    """Wagtail's own refusal is a redirect, which scripts take for success."""
    return private(
        TemplateResponse(request, "prevent_registrations/review/refused.html", status=403)
    )


def show(
    request: HttpRequest, name: str, heading: str, context: dict, *, status: int = 200
) -> HttpResponse:
    """Return the screen ``name`` with its way back to the desk."""
    crumbs = [{"url": reverse("prevent_data_protection:index"), "label": "Data protection"}]
    if name != "index":
        crumbs.append({"url": "", "label": heading})
    response = TemplateResponse(
        request,
        f"prevent_registrations/data_protection/{name}.html",
        {
            "heading": heading,
            "breadcrumbs_items": crumbs,
            "may_find": may(request.user, permissions.SUBJECT_ACCESS),
            "may_erase": may(request.user, permissions.ERASE),
            "may_hold": may(request.user, permissions.HOLD),
            "may_handle_complaints": may(request.user, permissions.COMPLAINTS),
            "may_see_certificates": may_any(
                request.user, permissions.SUBJECT_ACCESS, permissions.ERASE
            ),
            **context,
        },
        status=status,
    )
    return private(response)
