"""Health checks reach a process by its address, whatever the site is called."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from events.registrations.health import healthz, readyz

CHECKS = {"/healthz": healthz, "/readyz": readyz}


class HealthChecks:
    """Answer monitors before anything asks for the name of the site.

    They send the address of the machine as Host, which is not in ``ALLOWED_HOSTS``. Neither answer
    depends on the name.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        check = CHECKS.get(request.path_info)
        return check(request) if check else self.get_response(request)
