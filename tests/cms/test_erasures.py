"""A restored backup brings back no erased people and no withdrawn access."""

import json
import stat
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from cms import backups, erasures
from events.registrations import retention
from events.registrations.models import ErasureCertificate, Registration
from tests.cms.sign_in.conftest import person
from tests.factories import RegistrationFactory

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Canary Kestrel"


@pytest.fixture
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path


def backed_up(var):
    return backups.write_backup(var / "elsewhere", at=timezone.now())


def names():
    return set(Registration.objects.values_list("name", flat=True))


def test_people_erased_after_the_backup_are_erased_again(var, capsys):
    gone, stays = RegistrationFactory(name=NAME), RegistrationFactory(name="Ada Visitor")
    path = backed_up(var)
    retention.erase(gone, at=timezone.now())
    call_command("restore", str(path))
    assert names() == {"", "Ada Visitor"}
    assert Registration.objects.get(pk=stays.pk).erased_at is None
    assert Registration.objects.get(pk=gone.pk).erased_at is not None
    assert "were erased since: 1 registrations" in capsys.readouterr().out
    certificate = ErasureCertificate.objects.get(reason="again")
    assert certificate.counts["registrations"] == 1


def test_erased_sensitive_answers_are_erased_again(var):
    answers = [{"name": "access", "label": "Access", "value": "A ramp"}]
    registration = RegistrationFactory(sensitive_answers=answers)
    path = backed_up(var)
    Registration.objects.filter(pk=registration.pk).update(
        sensitive_answers=[], sensitive_erased_at=timezone.now()
    )
    call_command("restore", str(path))
    restored = Registration.objects.get(pk=registration.pk)
    assert (restored.name, restored.sensitive_answers) == (registration.name, [])


def test_a_registration_with_an_erased_ones_number_stays(var):
    """The control: a key alone is not enough to erase someone else."""
    gone = RegistrationFactory(name=NAME)
    path = backed_up(var)
    later = gone.received_at + timedelta(days=1)
    Registration.objects.filter(pk=gone.pk).update(received_at=later)
    retention.erase(Registration.objects.get(pk=gone.pk), at=timezone.now())
    call_command("restore", str(path))
    assert names() == {NAME}


def test_if_the_live_database_is_lost_the_file_beside_the_backups_is_used(var):
    gone = RegistrationFactory(name=NAME)
    path = backed_up(var)
    retention.erase(gone, at=timezone.now())
    call_command("backup", folder=path.parent)
    written = path.parent / erasures.FILE
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert NAME not in written.read_text()
    assert set(json.loads(written.read_text())) == {"erased", "without_sensitive", "closed"}
    # As on a new machine: an empty database in place of the live one.
    Registration.objects.all().delete()
    get_user_model().objects.all().delete()
    call_command("restore", str(path))
    assert names() == {""}


def test_a_new_database_closes_nobodys_account(var):
    person("edith")
    path = backed_up(var)
    get_user_model().objects.all().delete()
    person("operator", is_superuser=True)
    call_command("restore", str(path))
    assert get_user_model().objects.get(username="edith").is_active


def test_closed_or_deleted_accounts_stay_closed(var):
    closed, removed, open_one = person("closed"), person("removed"), person("open")
    path = backed_up(var)
    get_user_model().objects.filter(pk=closed.pk).update(is_active=False)
    get_user_model().objects.filter(pk=removed.pk).delete()
    call_command("restore", str(path))
    active = get_user_model().objects.filter(is_active=True)
    assert list(active) == [open_one]


def test_withdrawn_passwords_factors_and_rights_do_not_come_back(var):
    user = person("leah", group="Safeguarding leads", is_superuser=True)
    path = backed_up(var)
    user.set_password("four other random words")
    user.is_superuser = False
    user.save()
    user.groups.set([Group.objects.get(name="Data protection")])
    Authenticator.objects.filter(user=user).delete()
    call_command("restore", str(path))
    user = get_user_model().objects.get(username="leah")
    assert user.check_password("four other random words")
    assert not user.is_superuser
    assert not user.groups.exists()
    assert not Authenticator.objects.filter(user=user).exists()


def test_everyone_signs_in_again(var):
    user = person("edith", factor=False)
    client = Client()
    client.force_login(user)
    path = backed_up(var)
    assert client.get("/cms/").status_code == 200
    call_command("restore", str(path))
    assert client.get("/cms/").status_code == 302
