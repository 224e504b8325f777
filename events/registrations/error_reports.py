"""Error reports and debug pages that name places and classes, and quote nobody."""

from types import SimpleNamespace

from django.http import HttpRequest
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from .redaction import HIDDEN, masked, message_of

SHOWN = (int, float, bool, type(None))
# Parts of a request that help to find a fault and identify nobody.
SAFE_META = {
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "HTTP_ACCEPT",
    "HTTP_HOST",
    "REQUEST_METHOD",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "wsgi.url_scheme",
}


class KindOfValue:
    """Stands for a value in a report, showing only its class."""

    def __init__(self, value: object):
        self.name = type(value).__name__

    def __repr__(self) -> str:
        return f"<{self.name}>"


class SafeReporterFilter(SafeExceptionReporterFilter):
    """Hides every value that came from a person: forms, cookies, headers and local variables.

    ``DEBUG`` does not switch it off, because debug pages are photographed, copied and sent on.
    """

    def is_active(self, request) -> bool:
        return True

    def get_post_parameters(self, request) -> dict:
        return dict.fromkeys(request.POST, self.cleansed_substitute) if request else {}

    def get_safe_cookies(self, request) -> dict:
        return dict.fromkeys(getattr(request, "COOKIES", {}), self.cleansed_substitute)

    def get_safe_request_meta(self, request) -> dict:
        meta = getattr(request, "META", {})
        return {name: value for name, value in meta.items() if name in SAFE_META}

    def get_traceback_frame_variables(self, request, tb_frame):
        return [
            (name, value if isinstance(value, SHOWN) else KindOfValue(value))
            for name, value in tb_frame.f_locals.items()
        ]


class SafeExceptionReporter(ExceptionReporter):
    """A report with masked addresses, and only messages that cannot quote anyone."""

    def get_traceback_data(self) -> dict:
        report = super().get_traceback_data()
        report["unicode_hint"] = ""
        report["exception_notes"] = ""
        report["user_str"] = HIDDEN
        if self.exc_value is not None:
            report["exception_value"] = message_of(self.exc_value)
        for frame in report["frames"]:
            for name in ("exc_cause", "exc_cause_explicit"):
                if isinstance(cause := frame.get(name), BaseException):
                    frame[name] = f"{type(cause).__name__}: {message_of(cause)}"
        if report["template_info"]:
            report["template_info"]["message"] = report.get("exception_value", "")
        if self.request is not None:
            report["request_GET_items"] = [(name, HIDDEN) for name in self.request.GET]
            report["request_FILES_items"] = [(name, HIDDEN) for name in self.request.FILES]
            report["request_insecure_uri"] = masked(raw_address(self.request))
            report["request"] = SimpleNamespace(
                path_info=masked(self.request.path_info),
                META=self.filter.get_safe_request_meta(self.request),
                method=self.request.method,
            )
        return report


def raw_address(request: HttpRequest) -> str:
    """Return the requested address, whether or not its host is allowed."""
    host = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")
    return f"{request.scheme}://{host}{request.get_full_path()}"
