"""How much may be sent at once: Django bounds the fields of a form, but writes files to disk."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class BodyLimit:
    """Refuse what is larger than anything that belongs here, before any of it is read.

    Only members of staff upload files: the CMS takes as much as the largest of them, and a form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH")
        if not length:
            return self.get_response(request)
        is_cms = request.path.startswith(reverse("wagtailadmin_home"))
        most = settings.CMS_BODY_BYTES if is_cms else settings.PUBLIC_BODY_BYTES
        if not length.isascii() or not length.isdigit():
            return sentence("The length of the request is not a number.", 400)
        if int(length) > most:
            return sentence(f"That is too much at once: at most {most} bytes are taken here.", 413)
        return self.get_response(request)


def sentence(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
