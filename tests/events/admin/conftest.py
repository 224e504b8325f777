"""Shared by the tests of the dates screens: an editor at work, and registered people."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from events.models import Occurrence
from events.signals import people_expected

REASON = "The speakers are ill."


@pytest.fixture
def expect():
    """Pretend that a number of people is registered: ``expect({row: 2})``."""
    receivers = []

    def register(numbers):
        keys = {row.pk: number for row, number in numbers.items()}

        def answer(sender, occurrences, **kwargs):
            return {key: keys[key] for key in occurrences if key in keys}

        people_expected.connect(answer, weak=False)
        receivers.append(answer)

    yield register
    for receiver in receivers:
        people_expected.disconnect(receiver)


@pytest.fixture
def desk(client, editor):
    """A client in which a communications editor has signed in."""
    client.force_login(editor)
    return client


@pytest.fixture
def row(series) -> Occurrence:
    return series.occurrences.get(date=date(2026, 11, 26))


def address(row, act="cancel", event=None):
    return reverse("prevent_event_dates:action", args=[(event or row.event).pk, row.uuid, act])


def dates_of(event):
    return reverse("prevent_event_dates:event", args=[event.pk])


def text_of(response) -> str:
    soup = BeautifulSoup(response.content, "html.parser")
    return " ".join((soup.find("main") or soup).get_text(" ").split())


def send(client, row, act="cancel", *, confirmed=True, **answers):
    posted = {"sequence": row.sequence, "reason": REASON} | answers
    if confirmed:
        posted["confirmed"] = "yes"
    return client.post(address(row, act), posted)
