"""The worker as a process with its own database: sending, stopped, killed, in numbers."""

import os
import signal
import time

import pytest

from tests.live_site import LiveSite, Visitor, scratch_database, scratch_folder
from tests.smtp_servers import MailServer

pytestmark = pytest.mark.xdist_group("live site")


@pytest.fixture(scope="module")
def running():
    """A site with a web server, and the mail server that it sends to."""
    postgres = os.environ.get("DATABASE_URL", "")
    with (
        MailServer() as server,
        scratch_folder() as folder,
        scratch_database(postgres if postgres.startswith("postgres") else "") as database_url,
    ):
        site = LiveSite(
            folder,
            database_url=database_url,
            email_url=f"smtp://127.0.0.1:{server.port}?timeout=5",
        )
        try:
            site.start_web(workers=1)
            yield site, server
        finally:
            site.close()


@pytest.fixture
def live(running):
    """The same without workers left over from another test, and with a healthy server."""
    site, server = running
    (web,) = site.processes
    yield running
    server.mood = "well"
    for process in [*site.processes]:
        if process is not web:
            site.kill(process)


def wait_for(condition, seconds: float = 180) -> bool:
    """Wait for ``condition`` for as long as a starved machine may need."""
    until = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return met


def arrived(server: MailServer, prefix: str) -> list[str]:
    return [mail["To"] for mail in server.taken if mail["To"].startswith(prefix)]


def register(site: LiveSite, number: int, name: str) -> None:
    """Register ``number`` people, each causing an email to them and one to their organiser."""
    visitor = Visitor(site, site.ports[0])
    for count in range(number):
        assert visitor.post(f"{name}{count}@visitor.example", visitor.key()).status_code == 302


def test_the_worker_sends_a_visitors_emails_within_seconds(live):
    site, server = live
    worker = site.start_worker()
    visitor = Visitor(site, site.ports[0])
    visitor.register("first@visitor.example")
    assert wait_for(lambda: arrived(server, "first"))
    assert wait_for(lambda: site.unsent() == {})
    site.kill(worker, signal.SIGTERM)


def test_two_workers_send_every_email_once(live):
    site, server = live
    before = len(server.taken)
    register(site, 30, "both")
    workers = [site.start_worker(), site.start_worker()]
    assert wait_for(lambda: site.unsent() == {})
    for worker in workers:
        site.kill(worker, signal.SIGTERM)
    identities = server.message_ids[before:]
    assert len(identities) == len(set(identities)) == 60


def test_sigterm_finishes_the_current_email_and_releases_the_rest(live):
    site, server = live
    before = len(server.taken)
    register(site, 5, "term")
    server.mood, server.drip_seconds = "dripping", 0.01
    worker = site.start_worker()
    assert wait_for(lambda: len(server.taken) > before)
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(120)
    site.processes.remove(worker)
    server.mood = "well"
    assert worker.returncode == 0
    done = len(server.taken) - before
    assert 1 <= done < 10
    assert site.unsent() == {"waiting": 10 - done}
    site.manage("send_outbox")
    identities = server.message_ids[before:]
    assert len(identities) == len(set(identities)) == 10


def test_a_killed_worker_loses_nothing_and_duplicates_at_most_one_email_with_one_identity(live):
    site, server = live
    before = len(server.taken)
    register(site, 5, "kill")
    server.mood, server.drip_seconds = "dripping", 0.01
    worker = site.start_worker()
    assert wait_for(lambda: len(server.taken) >= before + 2)
    site.kill(worker)
    server.mood = "well"
    assert set(site.unsent()) == {"sending"}
    # Instead of waiting for the lease to run out.
    site.sql(
        "UPDATE prevent_registrations_outboundemail"
        " SET lease_until = '2026-01-01 00:00:00' WHERE state = 'sending'"
    )
    site.manage("send_outbox")
    assert site.unsent() == {}
    identities = server.message_ids[before:]
    assert len(set(identities)) == 10
    assert len(identities) - 10 <= 1


MESSAGE_TO_300 = """
from datetime import datetime, timedelta, timezone as zone
from django.contrib.auth import get_user_model
from events.models import Occurrence
from events.registrations import date_messages
from events.registrations.models import OutboundEmail, Registration, RegistrationPage
now = datetime.now(zone.utc)
page = RegistrationPage.objects.first()
occurrence = Occurrence.objects.filter(starts_at__gt=now).first()
Registration.objects.bulk_create(
    Registration(
        page=page, occurrence=occurrence, status="confirmed", name=f"Person {number}",
        email=f"many{number}@visitor.example", erase_at=now + timedelta(days=30),
    )
    for number in range(300)
)
by, _new = get_user_model().objects.get_or_create(username="writer", is_superuser=True)
for _twice in range(2):
    date_messages.send(
        occurrence, subject="News", text="Dear {name}", statuses=["confirmed"], key="once", by=by,
        at=now,
    )
messages = OutboundEmail.objects.filter(kind="message")
result = messages.filter(registration__email__startswith="many").count()
"""
DUE_NOW = (
    "UPDATE prevent_registrations_outboundemail SET due_at = '2026-01-01 00:00:00'"
    " WHERE state = 'failed'"
)
LEASES_RUN_OUT = (
    "UPDATE prevent_registrations_outboundemail"
    " SET lease_until = '2026-01-01 00:00:00' WHERE state = 'sending'"
)


def test_a_message_to_300_people_arrives_once_however_the_mail_server_fails(live):
    site, server = live
    before = len(server.taken)
    server.mood, server.drip_seconds = "unavailable", 0.002
    assert site.query(MESSAGE_TO_300) == 300
    worker = site.start_worker()
    assert wait_for(lambda: site.unsent().get("failed"))
    for mood in ("dripping", "greylisting", "dropping"):
        server.mood = mood
        seen, heard = len(server.taken), server.connections
        site.sql(DUE_NOW)
        if mood == "dripping":
            assert wait_for(lambda seen=seen: len(server.taken) > seen + 3)
            site.kill(worker)
            site.sql(LEASES_RUN_OUT)
            worker = site.start_worker()
        else:
            assert wait_for(lambda heard=heard: server.connections > heard)
    server.mood = "well"
    assert wait_for(lambda: site.sql(DUE_NOW) or site.unsent() == {})
    site.kill(worker, signal.SIGTERM)
    taken = [mail for mail in server.taken[before:] if mail["To"].startswith("many")]
    assert len({mail["To"] for mail in taken}) == 300
    identities = [mail["Message-ID"] for mail in taken]
    assert len(set(identities)) == 300
    # The one that the killed worker had handed over but not recorded.
    assert len(identities) - 300 <= 1
