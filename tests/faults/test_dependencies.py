"""Dependencies fail: nobody is thanked for what was not stored, and the site recovers."""

import pytest
from django.core.cache import caches
from django.db import InternalError, OperationalError, connection
from django.test import Client
from redis.exceptions import RedisError

from events.registrations import submissions
from events.registrations.models import OutboundEmail, Registration
from tests.attacks.conftest import answers  # noqa: F401 - a fixture

REFUSED = "attempt to write a readonly database"


@pytest.fixture
def send(registration_page, answers):  # noqa: F811 - the fixture
    def post(client=None):
        client = client or Client(raise_request_exception=False)
        return client.post(registration_page.url, answers())

    return post


def kept() -> int:
    return Registration.objects.count()


def test_without_a_fault_it_stores_a_registration(send):
    assert send().status_code == 302
    assert kept() == 1


@pytest.mark.parametrize(
    "error",
    [
        OperationalError(REFUSED),
        OperationalError("database or disk is full"),
        OperationalError("server closed connection"),
        InternalError("cannot execute INSERT in a read-only transaction"),
    ],
)
def test_an_unwritable_database_thanks_nobody(send, error):
    def refuse(execute, sql, params, many, context):
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE")):
            raise error
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        answer = send()
    assert answer.status_code == 503
    assert b"PR-" not in answer.content
    assert kept() == 0
    assert send().status_code == 302
    assert kept() == 1


def test_a_registration_whose_email_cannot_be_queued_is_not_stored(send):
    def refuse(execute, sql, params, many, context):
        if "outboundemail" in sql and sql.startswith("INSERT"):
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        assert send().status_code in (500, 503)
    assert (kept(), OutboundEmail.objects.count()) == (0, 0)


def test_a_missing_mail_server_stops_nobody_from_registering(send, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 9
    assert send().status_code == 302
    assert OutboundEmail.objects.filter(state=OutboundEmail.State.WAITING).exists()


def redis_that_is_gone(backend: str) -> dict:
    return {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:9/0"}}


def test_a_missing_cache_stops_nobody_from_registering(send, settings):
    settings.CACHES = redis_that_is_gone("cms.backends.ForgivingRedisCache")
    assert send().status_code == 302
    assert kept() == 1


def test_control_djangos_own_cache_would_stop_everyone(send, settings):
    settings.CACHES = redis_that_is_gone("django.core.cache.backends.redis.RedisCache")
    with pytest.raises(RedisError):
        send()


def test_a_missing_cache_behaves_like_an_empty_one(settings):
    settings.CACHES = redis_that_is_gone("cms.backends.ForgivingRedisCache")
    cache = caches["default"]
    cache.set("a", 1)
    cache.set_many({"a": 1})
    assert (cache.get("a", "nothing"), cache.get_many(["a"]), "a" in cache) == (
        "nothing",
        {},
        False,
    )
    assert cache.get_or_set("a", 2) == 2
    assert not cache.add("a", 1)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


def test_control_a_fault_inside_the_action_is_noticed(send, monkeypatch):
    """Without the transaction's promise, this is what a false thank-you looks like."""
    monkeypatch.setattr(submissions, "register", lambda *arguments, **options: None)
    assert send().status_code != 302
