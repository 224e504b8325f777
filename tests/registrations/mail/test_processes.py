"""The worker as a process, over a database of its own: woken, stopped, killed, in numbers."""

import os
import signal
import time
from collections import Counter

import pytest

from tests.live_site import LiveSite, Visitor, scratch_database, scratch_folder
from tests.smtp_servers import MailServer

pytestmark = pytest.mark.xdist_group("live site")
OWE = """
from django.utils import timezone
from events.registrations import outbox
from tests.factories import RegistrationFactory
from events.models import Occurrence
occurrence = Occurrence.objects.first()
for number in range({number}):
    email = f"{name}{{number}}@visitor.example"
    registration = RegistrationFactory(occurrence=occurrence, email=email)
    outbox.owe_all(registration, [("received", 0)], at=timezone.now())
result = None
"""


@pytest.fixture(scope="module")
def live():
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
            OUTBOX_SWEEP_SECONDS="30",
        )
        try:
            site.start_web(workers=1)
            yield site, server
        finally:
            site.close()


def wait_for(condition, seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return met


def arrived(server: MailServer, prefix: str) -> list[str]:
    return [mail["To"] for mail in server.taken if mail["To"].startswith(prefix)]


def test_the_web_server_wakes_the_worker_long_before_it_looks_by_itself(live):
    site, server = live
    visitor = Visitor(site, site.ports[0])
    visitor.register("first@visitor.example")
    worker = site.start_worker()
    assert wait_for(lambda: arrived(server, "first"))
    started = time.monotonic()
    visitor.register("woken@visitor.example")
    assert wait_for(lambda: arrived(server, "woken"), 15)
    assert time.monotonic() - started < 15
    site.kill(worker, signal.SIGTERM)


def test_two_workers_send_every_mail_once(live):
    site, server = live
    site.query(OWE.format(number=60, name="both"))
    workers = [site.start_worker(), site.start_worker()]
    assert wait_for(lambda: len(arrived(server, "both")) >= 60, 60)
    for worker in workers:
        site.kill(worker, signal.SIGTERM)
    assert site.unsent() == {}
    counts = Counter(arrived(server, "both"))
    assert (len(counts), set(counts.values())) == (60, {1})


def test_sigterm_ends_the_mail_in_hand_and_gives_the_rest_back(live):
    site, server = live
    site.query(OWE.format(number=10, name="term"))
    server.mood, server.drip_seconds = "dripping", 0.01
    worker = site.start_worker()
    assert wait_for(lambda: arrived(server, "term"))
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(20)
    site.processes.remove(worker)
    server.mood = "well"
    assert worker.returncode == 0
    done = len(arrived(server, "term"))
    assert 1 <= done < 10
    assert site.unsent() == {"waiting": 10 - done}
    site.manage("send_outbox")
    assert Counter(arrived(server, "term")).most_common(1)[0][1] == 1
    assert len(arrived(server, "term")) == 10


def test_a_killed_worker_loses_nothing_and_doubles_at_most_one_mail_with_one_identity(live):
    site, server = live
    site.query(OWE.format(number=10, name="kill"))
    server.mood, server.drip_seconds = "dripping", 0.01
    worker = site.start_worker()
    assert wait_for(lambda: len(arrived(server, "kill")) >= 2)
    site.kill(worker)
    server.mood = "well"
    stranded = site.unsent()
    assert set(stranded) == {"sending"}
    # What the lease still has to run, in place of waiting for it.
    site.query(
        "sending = OutboundEmail.objects.filter(state='sending')\n"
        "result = sending.update(lease_until='2026-01-01T00:00Z')"
    )
    site.manage("send_outbox")
    assert site.unsent() == {}
    mails = [mail for mail in server.taken if mail["To"].startswith("kill")]
    assert len({mail["To"] for mail in mails}) == 10
    assert len(mails) - 10 <= 1
    assert len({mail["Message-ID"] for mail in mails}) == 10
