"""Drafts in a separate front end: stored for a while, for holders of the signed address."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from prevent_content.models import PreviewDraft
from prevent_content.previews import keep
from tests.conftest import NOW

FRONT = "https://front.council.example/preview"


@pytest.fixture
def draft(prevent_page, settings):
    """A page with unpublished words."""
    settings.PREVENT = {**settings.PREVENT, "PREVIEW_URL": FRONT}
    prevent_page.title = "Not yet published"
    prevent_page.save_revision()
    return prevent_page


def address_of(token):
    return f"/api/v2/pages/preview/?token={token}"


def test_an_editor_is_redirected_to_the_front_end_which_fetches_the_draft(client, admin, draft):
    client.force_login(admin)
    led = client.get(f"/cms/pages/{draft.pk}/view_draft/?mode=front_end")
    if led.status_code == 200:
        pytest.fail("the draft was shown by the site itself")
    address = urlsplit(led["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == FRONT
    query = parse_qs(address.query)
    assert query["type"] == ["prevent_content.PreventPage"]
    client.logout()
    shown = client.get(address_of(query["token"][0]))
    assert shown.status_code == 200
    assert shown.json()["title"] == "Not yet published"
    assert shown.json()["meta"]["slug"] == "prevent"
    assert "no-store" in shown["Cache-Control"]


def test_the_page_itself_is_unchanged(client, draft):
    keep(draft, at=NOW)
    assert client.get(f"/api/v2/pages/{draft.pk}/").json()["title"] == "Prevent"


def test_without_a_front_end_there_is_no_such_mode(prevent_page):
    assert [name for name, _ in prevent_page.preview_modes] == [""]


def test_a_preview_expires(client, draft, clock):
    token = keep(draft, at=NOW)
    clock.move_to(NOW + timedelta(minutes=59))
    assert client.get(address_of(token)).status_code == 200
    clock.move_to(NOW + timedelta(minutes=61))
    gone = client.get(address_of(token))
    assert gone.status_code == 404
    assert gone.json()["type"].endswith(":preview-gone")


def test_expired_previews_are_deleted_by_the_next_one(draft):
    keep(draft, at=NOW)
    keep(draft, at=NOW + timedelta(hours=2))
    assert PreviewDraft.objects.count() == 1


@pytest.mark.parametrize(
    "change", [lambda t: t + "x", lambda t: t[1:], lambda t: "", lambda t: "a:b"]
)
def test_a_forged_address_finds_nothing(client, draft, change):
    token = keep(draft, at=NOW)
    assert client.get(address_of(change(token))).status_code == 404


def test_the_stored_key_is_not_the_address(client, draft):
    keep(draft, at=NOW)
    assert client.get(address_of(PreviewDraft.objects.get().key)).status_code == 404


def test_an_unsaved_page_can_be_previewed(client, prevent_page, settings):
    new = type(prevent_page)(title="Brand new", slug="new", summary="Words", content_type=None)
    new.path, new.depth = prevent_page.path + "0001", prevent_page.depth + 1
    shown = client.get(address_of(keep(new, at=NOW)))
    assert shown.status_code == 200, shown.content
    assert shown.json()["title"] == "Brand new"


def test_an_event_is_previewed_with_its_speakers_and_agenda(client, series):
    series.title = "Changed"
    shown = client.get(address_of(keep(series, at=NOW)))
    assert shown.status_code == 200, shown.content
    assert shown.json()["starts"] == "18:00"
    assert shown.json()["title"] == "Changed"
