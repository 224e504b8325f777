"""Middleware for public forms: no cache stores their answers, and no cookie guards them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from wagtail.models import Page

APP = "prevent_registrations"


class PersonalAnswers:
    """Forbid storing responses from a person's own addresses and to any POST.

    Comes first among the middleware, so that it also covers Django's error responses: refused
    forms, faults and unknown addresses.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        is_own = match is not None and match.app_names[:1] == [APP]
        if is_own or request.method == "POST" or response.status_code >= 500:
            add_never_cache_headers(response)
            if not response.has_header("Referrer-Policy"):
                response["Referrer-Policy"] = "same-origin"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        """Serve a page's form here if its view is ``csrf_exempt``, as Django does for other views.

        Wagtail serves all pages by one view, so Django's middleware, which comes later, cannot
        recognise such a page.
        """
        if request.method != "POST" or request.resolver_match.url_name != "wagtail_serve":
            return None
        page = Page.find_for_request(request, *args, **kwargs)
        is_exempt = getattr(getattr(page, "page_view", None), "csrf_exempt", False)
        # An address without a page accepts no form: it gives 404 or a redirect.
        return view(request, *args, **kwargs) if is_exempt or page is None else None
