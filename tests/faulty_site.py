"""The site with built-in faults, for a real server: ``gunicorn tests.faulty_site:application``.

A request with the header ``X-Fault`` raises an error in the middle of its work, whose message
quotes the person concerned, as careless code might.
"""

from contextvars import ContextVar
from functools import wraps

from cms.wsgi import application as site
from events.registrations import booking_views, views
from events.registrations.models import AccessRecord

is_asked_for: ContextVar[bool] = ContextVar("is_asked_for", default=False)


class Carelessness(ValueError):
    pass


def fail_if_asked(module, name: str) -> None:
    original = getattr(module, name)

    @wraps(original)
    def careless(*arguments, **options):
        if is_asked_for.get():
            about = [vars(argument) for argument in arguments if hasattr(argument, "__dict__")]
            raise Carelessness(f"could not handle {about}")
        return original(*arguments, **options)

    setattr(module, name, careless)


fail_if_asked(views.submissions, "register")
fail_if_asked(booking_views, "joining_link")
fail_if_asked(booking_views.actions, "change_details")
fail_if_asked(AccessRecord, "record")


def application(environ, start_response):
    asked = is_asked_for.set("HTTP_X_FAULT" in environ)
    try:
        return site(environ, start_response)
    finally:
        is_asked_for.reset(asked)
