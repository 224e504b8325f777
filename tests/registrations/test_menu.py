"""One CMS menu item holds all of ours, for people who may use any."""

import pytest
from django.test import RequestFactory
from wagtail.admin.menu import admin_menu

from prevent_content.menu import prevent_menu
from tests.factories import UserFactory


def names(menu, user):
    request = RequestFactory().get("/cms/")
    request.user = user
    items = sorted(menu.menu_items_for_request(request), key=lambda item: item.order)
    return [item.name for item in items]


def test_the_plugin_adds_one_menu_item(db):
    administrator = UserFactory(is_superuser=True)
    wagtails = {"explorer", "images", "documents", "snippets", "reports", "settings", "help"}
    assert set(names(admin_menu, administrator)) - wagtails == {"prevent"}
    assert names(prevent_menu, administrator) == [
        "event-dates",
        "registrations",
        "deliveries",
        "webhooks",
        "inboxes",
        "data-protection",
    ]


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        ("Communications editors", ["event-dates"]),
        (
            "Safeguarding leads",
            ["registrations", "deliveries", "webhooks", "inboxes", "data-protection"],
        ),
        ("Data protection", ["data-protection"]),
    ],
)
def test_people_see_what_they_may_open(db, group, shown):
    assert names(prevent_menu, UserFactory(group=group)) == shown


def test_people_without_a_right_see_no_menu_item(db):
    assert "prevent" not in names(admin_menu, UserFactory(group="Editors"))
