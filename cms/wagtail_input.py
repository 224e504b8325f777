"""What views of Wagtail take for granted in a request, told to who sent it.

Without it each of these is a fault of the server (HTTP 500). A line goes once Wagtail looks itself:
``tests/cms/test_wagtail_input.py`` tells when.
"""

import inspect
from collections.abc import Callable

from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch
from django.utils.datastructures import MultiValueDictKeyError
from PIL import UnidentifiedImageError

from .limits import sentence

# A number that no column holds: each database says it in its way.
TOO_LARGE = (DataError, IntegrityError, OverflowError)
# What a module of Wagtail's, or of its search, raises or lets pass, and what it is about.
MALFORMED: dict[tuple[str, type[Exception] | tuple[type[Exception], ...]], str] = {
    ("wagtail.admin.forms.choosers", AttributeError): "The form has no field for a URL.",
    ("wagtail.blocks.stream_block", MultiValueDictKeyError): "A field of blocks is not complete.",
    ("wagtail.admin.widgets.chooser", ValueError): "What was chosen is nothing that there is.",
    ("wagtail.admin.views.pages.ordering", TOO_LARGE): "The position is no number of a page.",
    (
        "wagtail.admin.views.pages.ordering",
        AttributeError,
    ): "The root of all pages has no position.",
    ("wagtail.admin.views.pages.delete", NoReverseMatch): "The address to go on to is none.",
    ("wagtail.images.fields", UnidentifiedImageError): "The file is no image that can be opened.",
    ("modelsearch.backends.base", AttributeError): (
        "Nothing can be searched for and filtered by how often it is used at once. "
        "Go back and take one of the two away."
    ),
}
# How SQLite says that it cannot read what is searched for; the rest of its faults are faults.
UNREADABLE = ("unterminated string", "fts5:")


class WagtailInput:
    """Answer what a view of Wagtail cannot with a sentence (HTTP 400); for who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        passed = {
            frame.frame.f_globals.get("__name__")
            for frame in inspect.getinnerframes(exception.__traceback__, context=0)
        }
        for (module, kind), wrong in MALFORMED.items():
            if isinstance(exception, kind) and module in passed:
                return sentence(wrong, 400)
        if isinstance(exception, OperationalError) and str(exception).startswith(UNREADABLE):
            return sentence("This cannot be searched for. Leave out its quotation marks.", 400)
        return None
