"""Redirects that lose nothing that came with the request."""

from urllib.parse import urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from wagtail.contrib.redirects.middleware import RedirectMiddleware as WagtailRedirectMiddleware

# The same for a form (RFC 9110, sections 15.4.8 and 15.4.9): browsers send it again unchanged.
KEEPING_THE_FORM = {301: 308, 302: 307}


class RedirectMiddleware(WagtailRedirectMiddleware):
    """Wagtail's redirects, keeping the query of the address and the submitted form."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        redirect = super().process_response(request, response)
        if redirect is response:
            return response
        redirect["Location"] = with_query(redirect["Location"], request.META.get("QUERY_STRING"))
        if request.method not in ("GET", "HEAD"):
            redirect.status_code = KEEPING_THE_FORM.get(redirect.status_code, redirect.status_code)
        return redirect


def with_query(address: str, query: str | None) -> str:
    """Return ``address`` with ``query``, unless it has one of its own."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=query)) if query and not parts.query else address
