import pytest

from events.registrations import checks


@pytest.mark.parametrize("check", [checks.logs_are_masked, checks.reports_are_scrubbed])
def test_this_site_passes(check):
    assert check(None) == []


@pytest.mark.parametrize(
    ("change", "check", "told"),
    [
        ({"LOGGING": {}}, checks.logs_are_masked, "LOGGING have no filter"),
        (
            {"LOGGING": {"handlers": {"console": {}, "file": {"filters": []}}}},
            checks.logs_are_masked,
            "the handlers console, file",
        ),
        (
            {"DEFAULT_EXCEPTION_REPORTER": "django.views.debug.ExceptionReporter"},
            checks.reports_are_scrubbed,
            "DEFAULT_EXCEPTION_REPORTER is not ours",
        ),
        (
            {"DEFAULT_EXCEPTION_REPORTER_FILTER": "django.views.debug.SafeExceptionReporterFilter"},
            checks.reports_are_scrubbed,
            "DEFAULT_EXCEPTION_REPORTER_FILTER is not ours",
        ),
    ],
)
def test_a_leaking_site_is_told_what_to_set(settings, change, check, told):
    for name, value in change.items():
        setattr(settings, name, value)
    (warning,) = check(None)
    assert told in warning.msg
    assert "events.registrations." in warning.hint
