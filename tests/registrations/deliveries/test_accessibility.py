"""Deliveries in Chromium: axe, a narrow screen, both themes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events.registrations.models import OutboundEmail
from tests.chromium import assert_desk_accessible
from tests.factories import OutboundEmailFactory, UserFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
State = OutboundEmail.State


@pytest.fixture
def rows(chromium, transactional_db):
    """A row in each state, the failed one two hours late."""
    late = timezone.now() - timedelta(hours=2)
    return {
        state: OutboundEmailFactory(
            state=state,
            wanted_at=late if state == State.FAILED else timezone.now(),
            sent_at=timezone.now() if state == State.SENT else None,
            lease_until=timezone.now() if state == State.SENDING else None,
            last_error="SMTPRecipientsRefused 451" if state == State.FAILED else "",
            attempts=3,
        )
        for state in State
    }


def test_nothing_on_the_delivery_screens_shuts_anyone_out(browse, live_server, rows):
    # The test empties the tables, including groups, so the right must come from elsewhere.
    page = browse(live_server, width=320, user=UserFactory(is_superuser=True))
    index = reverse("prevent_registrations_outboundemail_modeladmin_index")
    abandon = reverse(
        "prevent_registrations_outboundemail_modeladmin_abandon", args=[rows[State.FAILED].pk]
    )
    for address in (index, f"{index}?state=late", f"{index}?state=odd", abandon):
        page.goto(address)
        assert_desk_accessible(page, "#main")
