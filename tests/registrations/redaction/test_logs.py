import io
import logging
import logging.config

import pytest
from django.conf import settings as project_settings
from django.core.signals import got_request_exception

from cms.log import MaskingLogger
from events.registrations.models import Registration
from events.registrations.redaction import PersonalDataFilter
from tests.factories import RegistrationFactory

CANARY = "canary-kestrel@visitor.example"
# In a variable, because tracebacks quote the line that raises.
NAME = "Canary Kestrel"


@pytest.fixture
def lines():
    """Return the output of a handler with the filter."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(PersonalDataFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def test_every_configured_handler_has_the_filter_and_no_logger_bypasses_it():
    config = project_settings.LOGGING
    assert all("mask" in handler["filters"] for handler in config["handlers"].values())
    loggers = config["loggers"]
    for name in ("django", "django.server"):
        assert loggers[name]["handlers"] == []
        assert loggers[name]["propagate"]


def test_django_itself_has_no_handler_left():
    names = [name for name in logging.root.manager.loggerDict if name.startswith("django")]
    for name in ("django", *names):
        handlers = logging.getLogger(name).handlers
        assert not [h for h in handlers if not isinstance(h, logging.NullHandler)], name


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"sent to {CANARY}", ()),
        ("sent to %s", (CANARY,)),
        ("sent to %(to)s", ({"to": CANARY},)),
        ("%s arguments do not fit " + CANARY, ()),
        ("too many " + CANARY, ("one",)),
    ],
)
def test_every_logged_address_is_masked(lines, message, arguments):
    logging.getLogger("anything.at.all").warning(message, *arguments)
    assert "canary" not in lines.getvalue()
    assert lines.getvalue()


def test_a_traceback_omits_its_errors_message(lines):
    try:
        raise ValueError(NAME)
    except ValueError:
        logging.getLogger("anything").exception("it failed")
    assert NAME not in lines.getvalue()
    assert "ValueError" in lines.getvalue()


def test_an_unknown_link_leaves_no_token_in_the_log(client, db, lines):
    registration = RegistrationFactory()
    token = registration.link_token()
    Registration.objects.all().update(link_key="another")
    assert client.get(f"/registration/{token}/").status_code == 404
    assert "Not Found: /registration/…/" in lines.getvalue()
    assert token not in lines.getvalue()


def test_a_fault_behind_a_persons_link_leaves_no_token_and_no_name(
    client, db, clock, lines, monkeypatch
):
    registration = RegistrationFactory(name=NAME)

    def fail(*arguments, **options):
        raise ValueError(NAME)

    monkeypatch.setattr("events.registrations.booking_views.joining_link", fail)
    client.raise_request_exception = False
    seen = []
    got_request_exception.connect(lambda **given: seen.append(1), weak=False, dispatch_uid="seen")
    token = registration.link_token()
    answer = client.get(f"/registration/{token}/")
    got_request_exception.disconnect(dispatch_uid="seen")
    assert (answer.status_code, seen) == (500, [1])
    assert "Internal Server Error: /registration/…/" in lines.getvalue()
    assert "ValueError" in lines.getvalue()
    assert token not in lines.getvalue()
    assert NAME not in lines.getvalue()


def test_gunicorns_access_and_error_logs_are_masked(tmp_path):
    from gunicorn.config import Config

    config = Config()
    config.set("accesslog", str(tmp_path / "access.log"))
    config.set("errorlog", str(tmp_path / "error.log"))
    config.set("logger_class", "cms.log.MaskingLogger")
    assert config.logger_class is MaskingLogger
    logger = MaskingLogger(config)
    logger.access_log.info(
        config.access_log_format,
        {
            **dict.fromkeys("hlutsbafp", "-"),
            "r": f"GET /registration/{CANARY}/?q=Ada HTTP/1.1",
            "f": f"https://site.example/registration/{CANARY}/",
        },
    )
    logger.error("Error handling request /registration/%s/", CANARY)
    written = "".join(file.read_text() for file in tmp_path.iterdir())
    assert "/registration/…/" in written
    assert "canary" not in written
    assert "q=Ada" not in written
