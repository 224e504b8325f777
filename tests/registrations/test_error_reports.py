import pytest
from django.test import RequestFactory
from django.views.debug import get_exception_reporter_class, get_exception_reporter_filter

from events.registrations.error_reports import SafeExceptionReporter, SafeReporterFilter
from tests.factories import RegistrationFactory

NAME, EMAIL = "Canary Kestrel", "kestrel@visitor.example"
COOKIE, AGENT = "canary-cookie", "canary-agent"


def posted_to(token):
    return RequestFactory().post(
        f"/registration/{token}/change/?name=Canary+Kestrel",
        {"name": NAME, "password": NAME},
        headers={"Cookie": f"sessionid={COOKIE}", "User-Agent": AGENT},
    )


def fault_about(registration, posted):
    """Return an error and its cause, with a person in every surrounding value.

    The report quotes these lines, so they must name nobody themselves.
    """
    name, everything = registration.name, {"registration": registration, "post": posted.POST}
    try:
        try:
            int(name)
        except ValueError as error:
            raise KeyError(everything["registration"].email) from error
    except KeyError as error:
        error.add_note(name)
        return error


@pytest.fixture(params=[True, False], ids=["DEBUG", "not DEBUG"])
def report(request, settings, db):
    """Return the text and the HTML of a report, and the token in its address."""
    settings.DEBUG = request.param
    registration = RegistrationFactory(name=NAME, email=EMAIL)
    token = registration.link_token()
    posted = posted_to(token)
    error = fault_about(registration, posted)
    reporter = SafeExceptionReporter(posted, type(error), error, error.__traceback__)
    return reporter.get_traceback_text() + reporter.get_traceback_html(), token


def test_a_report_shows_where_it_happened_and_nobody(report):
    text, token = report
    assert "KeyError" in text
    assert "test_error_reports.py" in text
    assert "<Registration>" in text or "&lt;Registration&gt;" in text
    for canary in (token, NAME, EMAIL, COOKIE, AGENT, "Canary+Kestrel"):
        assert canary not in text


def test_the_sites_reports_use_these_classes(rf):
    request = rf.get("/")
    assert get_exception_reporter_class(request) is SafeExceptionReporter
    assert type(get_exception_reporter_filter(request)) is SafeReporterFilter
