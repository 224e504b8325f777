"""Who gets which answer from which address, and whose words are in it."""

import pytest
from django.urls import get_resolver, reverse

from events.registrations.models import Registration
from events.registrations.review import policy
from tests.registrations.review.conftest import (
    ANSWER,
    EMAIL,
    NAME,
    NOTE,
    PERSONAL,
    ROLES,
    SENSITIVE,
    address,
)

LOGIN, REFUSED, SHOWN, MOVED, NOT_SO, MISSING = 302, 403, 200, 302, 405, 404
BASE = "/cms/prevent_registrations/registration/"
WITHOUT_RIGHTS = dict.fromkeys(["editor", "all rights but to see"], (REFUSED, REFUSED))
READERS = ["lead", "lead without decide", "lead without sensitive", "superuser"]

# Address: role: the answers to GET and POST.
TABLE = {
    "": {**WITHOUT_RIGHTS, **dict.fromkeys(READERS, (SHOWN, NOT_SO))},
    "inspect/{pk}/": {**WITHOUT_RIGHTS, **dict.fromkeys(READERS, (SHOWN, NOT_SO))},
    "reveal/{pk}/": {
        **WITHOUT_RIGHTS,
        **dict.fromkeys(READERS, (MOVED, SHOWN)),
        "lead without sensitive": (REFUSED, REFUSED),
    },
    "decide/{pk}/": {
        **WITHOUT_RIGHTS,
        **dict.fromkeys(READERS, (MOVED, MOVED)),
        "lead without decide": (REFUSED, REFUSED),
    },
    # A refusal is the same whether there is such a registration or not.
    "inspect/999999/": {**WITHOUT_RIGHTS, **dict.fromkeys(READERS, (MISSING, NOT_SO))},
    # What modeladmin offers and this desk does not.
    **{
        gone: dict.fromkeys([*ROLES, "superuser"], (MISSING, MISSING))
        for gone in ("create/", "edit/{pk}/", "delete/{pk}/", "history/{pk}/", "choose_parent/")
    },
}
CASES = [
    pytest.param(path, role, method, expected, id=f"{method} {path or 'list'} as {role}")
    for path, answers in TABLE.items()
    for role, expectations in answers.items()
    for method, expected in zip(("get", "post"), expectations, strict=True)
]
DECISION = {"seen": "received", "status": "confirmed", "note": ""}


@pytest.mark.parametrize(("path", "role", "method", "expected"), CASES)
def test_each_role_gets_the_answer_of_the_table(
    client_of, registration, path, role, method, expected
):
    client = client_of(role)
    url = BASE + path.format(pk=registration.pk)
    response = client.post(url, DECISION) if method == "post" else client.get(url)
    assert response.status_code == expected
    body = response.content.decode()
    if expected != SHOWN:
        assert not [word for word in (*PERSONAL, registration.reference) if word in body]
    if not (method == "post" and path.startswith("reveal")):
        assert SENSITIVE not in body


def test_the_table_covers_every_address_of_the_desk():
    def names(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from names(pattern.url_patterns)
            elif (pattern.name or "").startswith("prevent_registrations_registration_"):
                yield pattern.name.rpartition("_")[2]

    screens = set(names(get_resolver().url_patterns))
    covered = {path.partition("/")[0] or "index" for path in TABLE}
    assert screens == {"index", "inspect", "reveal", "decide"}
    assert screens <= covered


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", TABLE)
def test_anonymous_people_are_asked_to_log_in(client, registration, path, method):
    response = getattr(client, method)(BASE + path.format(pk=registration.pk))
    if response.status_code == MISSING:
        assert path.partition("/")[0] in ("create", "edit", "delete", "history", "choose_parent")
    else:
        assert response.status_code == LOGIN
        assert response["Location"].startswith("/cms/login/")
    assert not [word for word in PERSONAL if word in response.content.decode()]


def test_a_lead_reads_the_registration_but_not_the_sensitive_answer(client_of, registration):
    body = client_of("lead").get(address("inspect", registration.pk)).content.decode()
    assert all(word in body for word in (NAME, EMAIL, ANSWER, NOTE))
    assert SENSITIVE not in body
    assert "Show sensitive answers" in body


def test_without_the_right_nobody_learns_whether_there_are_sensitive_answers(
    client_of, registration
):
    client = client_of("lead without sensitive")

    def section() -> str:
        body = client.get(address("inspect", registration.pk)).content.decode()
        return body.partition('id="review-sensitive"')[2].partition("</section>")[0]

    with_answers = section()
    Registration.objects.update(sensitive_answers=[])
    assert section() == with_answers


def test_a_right_withdrawn_works_on_the_next_request(client, registration, lead):
    client.force_login(lead)
    assert client.get(address("index")).status_code == SHOWN
    lead.groups.clear()
    assert client.get(address("index")).status_code == LOGIN
    assert client.post(address("reveal", registration.pk)).status_code == LOGIN


def test_the_policy_shows_nothing_to_somebody_without_the_right(person, registration):
    assert not policy.registrations_for(person("editor")).exists()
    assert policy.registrations_for(person("lead")).get() == registration


def test_inactive_people_have_no_right(person, registration):
    lead = person("lead")
    lead.is_active = False
    assert not policy.may(lead, policy.VIEW)


@pytest.mark.parametrize(
    ("role", "is_shown"), [("editor", False), ("lead", True), ("superuser", True)]
)
def test_the_menu_has_registrations_for_those_with_the_right(client_of, db, role, is_shown):
    body = client_of(role).get(reverse("wagtailadmin_home")).content.decode()
    assert (address("index") in body) is is_shown
