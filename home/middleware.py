"""This site's middleware: the language of an address, and closing for maintenance."""

import os
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Page, Site

from .errors import unavailable

# People who run the site can still see it.
ALWAYS_ANSWERED = ("/healthz", "/readyz", "/cms/", "/errors/", settings.STATIC_URL)


def has_pages(request: HttpRequest, language: str) -> bool:
    """Whether the site has a public home page in ``language``."""
    site = Site.find_for_request(request)
    return language == settings.LANGUAGE_CODE or (
        site is not None
        and Page.objects.live()
        .filter(
            translation_key=site.root_page.translation_key,
            locale__language_code=get_supported_content_language_variant(language),
        )
        .exists()
    )


class AddressLanguageMiddleware(LocaleMiddleware):
    """Read the language from the address alone, never from a cookie or the browser.

    Everyone sees the same page at an address, so one copy serves all.
    """

    def process_request(self, request: HttpRequest) -> None:
        language = translation.get_language_from_path(request.path_info)
        if not language or not has_pages(request, language):
            # Nothing is found under the prefix of a language without pages.
            language = settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


def is_closed() -> bool:
    """Whether the file ``maintenance`` exists in ``VAR_DIR``."""
    return os.path.exists(f"{settings.VAR_DIR}/maintenance")


class MaintenanceMiddleware:
    """Answers visitors with 503 while the site is closed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_closed() and not request.path_info.startswith(ALWAYS_ANSWERED):
            return unavailable()
        return self.get_response(request)
