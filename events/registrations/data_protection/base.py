"""The base of every data protection screen: rights, layout, and no caching."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from .. import permissions
from ..form_responses import private
from ..permissions import may, may_any
from ..review.base import refused

View = Callable[..., HttpResponse]


def needs(*rights: str) -> Callable[[View], View]:
    """Answer 403 with a sentence, before anything else, to users who lack one of ``rights``."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not may(request.user, *rights):
                return private(refused(request))
            return private(view(request, *args, **kwargs))

        return sensitive_post_parameters()(wrapper)

    return decorate


def show(
    request: HttpRequest, name: str, title: str, context: dict, *, status: int = 200
) -> HttpResponse:
    """Return the screen ``name`` with breadcrumbs, never to be cached."""
    crumbs = [
        *WagtailAdminTemplateMixin.breadcrumbs_items,
        {"url": reverse("prevent_data_protection:index"), "label": "Data protection"},
    ]
    if name != "index":
        crumbs.append({"url": "", "label": title})
    response = TemplateResponse(
        request,
        f"prevent_registrations/data_protection/{name}.html",
        {
            "header_title": title,
            "header_icon": "lock",
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
