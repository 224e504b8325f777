"""What views of Wagtail take for granted in a request, looked at before they are asked.

Without it each of these is a fault of the server (HTTP 500). To be deleted once Wagtail looks
itself: ``tests/cms/test_wagtail_input.py`` tells when.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from wagtail.models import Page

from .limits import sentence

LONGEST_POSITION = 9


def chosen_link(request: HttpRequest, **arguments) -> str:
    return "" if "external-link-chooser-url" in request.POST else "The form has no field for a URL."


def position(request: HttpRequest, *, page_to_move_id: int) -> str:
    if len(request.GET.get("position", "")) > LONGEST_POSITION:
        return "The position is not a number of a page."
    is_root = Page.objects.filter(pk=page_to_move_id, depth=1).exists()
    return "The root of all pages has no position." if is_root else ""


CHECKS: dict[str, Callable[..., str]] = {
    "wagtailadmin_choose_page_external_link": chosen_link,
    "wagtailadmin_pages:set_page_position": position,
}


class WagtailInput:
    """Answer what a view of Wagtail cannot with a sentence (HTTP 400); for who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        check = CHECKS.get(request.resolver_match.view_name)
        if check is None or request.method != "POST" or not request.user.is_authenticated:
            return None
        wrong = check(request, **kwargs)
        return sentence(wrong, 400) if wrong else None
