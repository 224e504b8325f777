"""What the tests of the desk share: an editor at work, and people who are registered."""

import pytest

from events.signals import people_expected


@pytest.fixture
def expect():
    """Let the events believe that a number of people is registered: ``expect({row: 2})``."""
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
    """A browser in which a communications editor has signed in."""
    client.force_login(editor)
    return client
