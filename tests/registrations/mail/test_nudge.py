"""Calls to workers: they arrive, they are cheap, and their loss harms nothing."""

import os
import threading
import time

import pytest
from django.conf import settings as site_settings

from events.registrations.mail import nudge
from events.registrations.mail.nudge import Doorbell, EngineCaller


@pytest.fixture
def place(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.OUTBOX_TASKS_BACKEND = ""
    return tmp_path


@pytest.fixture
def doorbell(place):
    bell = Doorbell()
    yield bell
    bell.close()


def seconds_waited(doorbell, at_most: float) -> float:
    started = time.monotonic()
    doorbell.wait(at_most)
    return time.monotonic() - started


def test_a_call_ends_the_wait_and_many_calls_count_as_one(doorbell):
    assert doorbell.answer()
    for _ in range(50):
        nudge.workers()
    assert seconds_waited(doorbell, 20) < 5
    assert seconds_waited(doorbell, 0.2) >= 0.2


def test_a_deaf_worker_waits_for_no_call_but_ends_when_it_is_told(doorbell):
    doorbell.answer()
    nudge.workers()
    started = time.monotonic()
    doorbell.wait(0.2, deaf=True)
    assert time.monotonic() - started >= 0.2
    doorbell.interrupt()
    started = time.monotonic()
    doorbell.wait(20, deaf=True)
    assert time.monotonic() - started < 10


def test_without_anybody_listening_a_call_does_nothing(place):
    nudge.workers()


def test_a_listener_that_does_not_read_blocks_nobody(doorbell):
    doorbell.answer()
    started = time.monotonic()
    for _ in range(2000):
        nudge.workers()
    assert time.monotonic() - started < 5


def test_an_interruption_ends_the_wait(doorbell):
    threading.Timer(0.1, doorbell.interrupt).start()
    assert seconds_waited(doorbell, 20) < 10


def test_one_worker_a_host_listens_and_another_takes_over(place):
    first, second = Doorbell(), Doorbell()
    assert first.answer()
    assert not second.answer()
    first.close()
    assert second.answer()
    nudge.workers()
    assert seconds_waited(second, 20) < 5
    second.close()


def test_the_socket_of_a_killed_worker_is_taken_over(place, doorbell):
    killed = Doorbell()
    killed.answer()
    killed.socket.close()
    assert (place / "outbox.sock").exists()
    assert doorbell.answer()


def test_a_path_too_long_for_a_socket_has_a_short_one_in_its_place(settings, tmp_path):
    settings.VAR_DIR = tmp_path / ("deep" * 20) / ("deeper" * 10)
    assert len(os.fsencode(nudge.socket_path())) <= 100
    bell = Doorbell()
    assert bell.answer()
    nudge.workers()
    assert seconds_waited(bell, 20) < 5
    bell.close()


def test_a_folder_that_cannot_be_written_leaves_the_worker_sweeping(settings, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    settings.VAR_DIR = tmp_path / "file" / "var"
    bell = Doorbell()
    assert not bell.answer()
    assert seconds_waited(bell, 0.1) >= 0.1
    bell.close()


def test_an_engine_that_hangs_or_fails_holds_up_no_request(settings, monkeypatch):
    settings.OUTBOX_TASKS_BACKEND = "mail"
    calls = []
    began, hanging = threading.Event(), threading.Event()

    def hang(backend):
        calls.append(backend)
        began.set()
        hanging.wait(20)
        return True

    monkeypatch.setattr(nudge, "enqueue", hang)
    monkeypatch.setattr(nudge, "engine_caller", EngineCaller())
    nudge.workers()
    assert began.wait(10)
    started = time.monotonic()
    for _ in range(1000):
        nudge.workers()
    assert time.monotonic() - started < 5
    hanging.set()
    until = time.monotonic() + 10
    while len(calls) < 2 and time.monotonic() < until:
        threading.Event().wait(0.01)
    # The one that hung, and one for the thousand that came meanwhile.
    assert calls == ["mail", "mail"]


def test_an_engine_that_is_gone_is_a_warning_without_its_address(settings, caplog):
    settings.TASKS = {
        **getattr(site_settings, "TASKS", {}),
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
        "gone": {"BACKEND": "nowhere.Backend"},
    }
    assert nudge.enqueue("gone") is False
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "nowhere" not in caplog.text
