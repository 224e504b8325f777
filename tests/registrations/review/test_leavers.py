"""Closing an account asks who takes over its registrations."""

import pytest
from django.test import Client

from events.registrations.models import AccessRecord, Registration
from tests.factories import UserFactory


@pytest.fixture
def admin_client(db):
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.fixture
def leaver(person, three):
    user = person("lead")
    Registration.objects.filter(pk__in=[row.pk for row in three]).update(assigned_to=user)
    return user


def question(user) -> str:
    return f"/cms/registrations-of-leavers/{user.pk}/"


def assignees() -> list:
    return list(Registration.objects.order_by("pk").values_list("assigned_to", flat=True))


def test_an_account_with_registrations_is_not_deleted_before_handing_over(
    admin_client, leaver, person
):
    delete = f"/cms/users/delete/{leaver.pk}/"
    answer = admin_client.post(delete)
    assert answer["Location"] == f"{question(leaver)}?then={delete}"
    page = admin_client.get(answer["Location"]).content.decode()
    assert "3 registrations are assigned to" in page
    assert "Ada" not in page
    successor = person("lead")
    answer = admin_client.post(answer["Location"], {"to": successor.pk})
    assert answer["Location"] == delete
    assert assignees() == [successor.pk] * 3
    line = AccessRecord.objects.get(action="assigned")
    assert (line.count, line.seen.count()) == (3, 3)
    admin_client.post(delete)
    assert not type(leaver).objects.filter(pk=leaver.pk).exists()


def test_closing_an_account_leads_to_the_question(admin_client, leaver):
    given = {"username": leaver.username, "email": "l@council.example", "first_name": "L"}
    given |= {"last_name": "L", "password1": "", "password2": ""}
    answer = admin_client.post(f"/cms/users/edit/{leaver.pk}/", given)
    assert answer["Location"] == question(leaver)
    leaver.refresh_from_db()
    assert not leaver.is_active


@pytest.mark.parametrize(
    ("action", "given"), [("delete", {}), ("set_active_state", {"mark_as_active": "False"})]
)
def test_several_accounts_are_not_closed_together_before_the_question(
    admin_client, leaver, action, given
):
    address = f"/cms/bulk/auth/user/{action}/?id={leaver.pk}"
    answer = admin_client.post(address, given)
    assert answer["Location"] == question(leaver)
    leaver.refresh_from_db()
    assert leaver.is_active


def test_flagged_registrations_go_to_nobody_if_the_new_person_may_not_see_them(
    admin_client, leaver, person, three, clock
):
    Registration.objects.filter(pk=three[0].pk).update(concern_since=three[0].received_at)
    successor = person("lead without concerns")
    answer = admin_client.post(question(leaver), {"to": successor.pk}, follow=True)
    assert "2 registrations handed over. 1 registration is assigned to nobody." in (
        answer.content.decode()
    )
    assert assignees() == [None, successor.pk, successor.pk]


@pytest.mark.parametrize("given", [{}, {"to": "x"}, {"to": "0"}])
def test_a_choice_is_required(admin_client, leaver, given):
    answer = admin_client.post(question(leaver), given)
    assert answer.status_code == 422
    assert assignees() == [leaver.pk] * 3


def test_they_can_be_left_to_nobody(admin_client, leaver):
    admin_client.post(question(leaver), {"nobody": "on"})
    assert assignees() == [None] * 3


def test_the_way_back_leads_to_no_other_site(admin_client, leaver):
    answer = admin_client.post(f"{question(leaver)}?then=https://evil.example/", {"nobody": "on"})
    assert answer["Location"] == "/cms/users/"


def test_only_people_who_manage_users_are_asked(client_of, leaver):
    assert client_of("lead").get(question(leaver)).status_code == 403
