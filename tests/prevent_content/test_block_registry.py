"""Other apps offer editors their own blocks in the body of every page."""

import pytest
from django.core.management import call_command
from wagtail import blocks

from prevent_content import blocks as editorial
from prevent_content.models import PreventPage
from tests.factories import publish


@pytest.fixture
def quote(monkeypatch):
    """Register a block as a host's app does, before any page has used its blocks."""
    registered = dict(editorial.EditorialStreamBlock.registered)
    monkeypatch.setattr(editorial.EditorialStreamBlock, "registered", registered)
    monkeypatch.delitem(vars(PreventPage._meta.get_field("body")), "stream_block", raising=False)
    editorial.register_block("quote", blocks.CharBlock(max_length=200))


def test_another_apps_block_is_saved_shown_and_served_by_the_api(client, prevent_page, quote):
    page = PreventPage.objects.get(pk=prevent_page.pk)
    page.body = [("quote", "Everyone is welcome")]
    publish(page)
    assert "Everyone is welcome" in client.get(page.url).content.decode()
    body = client.get(f"/api/v2/pages/{page.pk}/").json()["body"]
    assert [(block["type"], block["value"]) for block in body] == [("quote", "Everyone is welcome")]


@pytest.mark.django_db
def test_a_registered_block_needs_no_migration(quote):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("name", ["heading", "quote"])
def test_a_name_can_be_registered_once(quote, name):
    with pytest.raises(ValueError, match="already"):
        editorial.register_block(name, blocks.CharBlock())


def test_events_offer_their_dates_as_a_block():
    stream = PreventPage._meta.get_field("body").stream_block
    assert "upcoming_roundtables" in stream.child_blocks
