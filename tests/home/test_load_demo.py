import re
import stat
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from wagtail.models import Page, Revision, Site

from events.english_dates import LONDON
from events.models import Occurrence, OccurrenceChange, Venue
from events.registrations.models import PlaceCount, RegistrationPage
from home.demo.roundtables import last_thursday, next_quarterly_date
from home.models import HomePage
from tests.factories import EventPageFactory, StandardPageFactory

SERIES = "/prevent/roundtables/prevent-community-roundtable/"
OF_2022 = "/prevent/roundtables/prevent-community-roundtable-may-2022/"
# What a sign-in changes by itself, and the log's own timestamps.
UNSTABLE = {"sessions.session"}


@pytest.fixture
def load(settings, tmp_path):
    """Return a function that runs the command and returns its output."""
    settings.VAR_DIR = tmp_path / "var"

    def run(*arguments):
        printed = StringIO()
        call_command("load_demo", *arguments, stdout=printed)
        return printed.getvalue()

    return run


def rows():
    """Return every row of the database, by model."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.managed and model._meta.label_lower not in UNSTABLE
    }


def password_in(printed):
    (password,) = re.findall(r"^password: (\S+)$", printed, re.MULTILINE)
    return password


@pytest.mark.django_db
def test_loading_twice_changes_nothing(load, clock):
    load()
    before = rows()
    clock.shift(24 * 60 * 60)
    load()
    assert rows() == before


@pytest.mark.django_db
def test_every_page_is_served_and_has_one_revision(load, clock, client):
    printed = load()
    pages = Page.objects.descendant_of(HomePage.objects.get(), inclusive=True)
    assert pages.count() == 12
    assert set(pages.values_list("live", flat=True)) == {True}
    assert Revision.objects.page_revisions().count() == 12
    for page in pages:
        assert client.get(page.specific.url).status_code == 200
        assert page.specific.url in printed


@pytest.mark.django_db
def test_an_editors_changes_are_left_alone(load, clock):
    load()
    prevent = Page.objects.get(slug="prevent").specific
    prevent.title = "Prevent here"
    prevent.save_revision().publish()
    Venue.objects.update(name="Town hall")
    Page.objects.get(slug="cookies").unpublish()
    occurrence = Occurrence.objects.get(status="cancelled")
    occurrence.status = "scheduled"
    occurrence.save()
    before = rows()
    load()
    assert rows() == before


@pytest.mark.django_db
def test_an_edited_home_page_keeps_its_words(load, clock, home):
    home.summary = "Our own words."
    home.save_revision()
    load()
    home.refresh_from_db()
    assert home.title == "Home"


@pytest.mark.django_db
def test_if_empty_loads_nothing_beside_other_pages_but_prints_the_logins(load, clock, home):
    StandardPageFactory(parent=home, title="Ours")
    printed = load("--if-empty")
    assert not Page.objects.filter(slug="prevent").exists()
    assert password_in(printed)


@pytest.mark.django_db
def test_if_empty_loads_into_an_empty_site(load, clock):
    load("--if-empty")
    assert Page.objects.filter(slug="prevent").exists()


@pytest.mark.django_db
def test_if_empty_does_not_restore_a_deleted_page(load, clock):
    load()
    Page.objects.get(slug="cookies").delete()
    load("--if-empty")
    assert not Page.objects.filter(slug="cookies").exists()


@pytest.mark.django_db
def test_a_site_without_a_home_page_is_refused_in_words(load):
    Site.objects.all().delete()
    with pytest.raises(CommandError, match="no home page"):
        load()


@pytest.mark.django_db
def test_the_roundtable_of_2022_took_place_from_five_to_half_past_six_by_utc(demo, client):
    occurrence = Occurrence.objects.get(event__slug=OF_2022.split("/")[-2])
    assert occurrence.starts_at == datetime(2022, 5, 26, 17, tzinfo=UTC)
    assert occurrence.ends_at == datetime(2022, 5, 26, 18, 30, tzinfo=UTC)
    closed = client.get(f"{OF_2022}register/").content.decode()
    assert "You cannot book now" in closed
    assert "Booking is closed." in closed


@pytest.mark.django_db
def test_the_series_has_one_date_online_and_one_cancelled_each_with_its_reason(demo):
    dates = Occurrence.objects.filter(event__slug=SERIES.split("/")[-2]).order_by("date")
    assert [(row.date.isoformat(), row.status) for row in dates] == [
        ("2026-11-26", "scheduled"),
        ("2027-02-25", "moved_online"),
        ("2027-05-27", "cancelled"),
        ("2027-08-26", "scheduled"),
        ("2027-11-25", "scheduled"),
        ("2028-02-24", "scheduled"),
        ("2028-05-25", "scheduled"),
        ("2028-08-31", "scheduled"),
    ]
    assert {row.starts_at.astimezone(LONDON).hour for row in dates} == {18}
    assert all(change.reason for change in OccurrenceChange.objects.all())
    assert OccurrenceChange.objects.count() == 2


@pytest.mark.django_db
def test_the_running_orders_have_neither_errors_nor_warnings(demo):
    for slug in (OF_2022, SERIES):
        event = Page.objects.get(slug=slug.split("/")[-2]).specific
        assert event.review_agenda().findings == ()
        assert event.review_agenda().minutes_planned == 90


@pytest.mark.django_db
def test_access_and_dietary_needs_are_sensitive_and_optional_and_the_others_emailed(demo):
    for page in RegistrationPage.objects.all():
        asked = [
            (field.clean_name, field.required, field.sensitive, field.in_organiser_email)
            for field in page.form_fields.all()
        ]
        assert asked == [
            ("i_am_coming_as", False, False, True),
            ("a_question_for_the_speakers", False, False, True),
            ("access_needs", False, True, False),
            ("language_of_the_interpreter", False, True, False),
            ("other_access_needs", False, True, False),
            ("dietary_needs", False, True, False),
            ("other_dietary_needs", False, True, False),
        ]


@pytest.mark.django_db
def test_someone_registers_for_the_next_date_and_no_question_is_required(demo, clock, client):
    url = f"{SERIES}register/"
    form = BeautifulSoup(client.get(url).content, "html.parser").find("form", method="post")
    answers = {
        "occurrence": form.select_one("input[name=occurrence]:not([disabled])")["value"],
        "submission_key": form.select_one("input[name=submission_key]")["value"],
        "name": "Ada Visitor",
        "email": "ada@visitor.example",
        "consent": "on",
    }
    clock.shift(60)
    confirmation = client.get(client.post(url, answers)["Location"])
    assert "Thursday 26 November 2026" in confirmation.content.decode()
    assert PlaceCount.objects.get().left == 39


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 2), date(2026, 11, 26)),
        (date(2026, 11, 25), date(2026, 11, 26)),
        (date(2026, 11, 26), date(2027, 2, 25)),
        (date(2026, 12, 31), date(2027, 2, 25)),
        (date(2024, 2, 1), date(2024, 2, 29)),
        (date(2022, 5, 1), date(2022, 5, 26)),
        (date(2028, 8, 30), date(2028, 8, 31)),
    ],
)
def test_the_series_begins_on_the_next_date_of_a_fixed_grid(today, expected):
    assert next_quarterly_date(today) == expected


def test_the_last_thursday_of_december_is_in_december():
    assert last_thursday(2026, 12) == date(2026, 12, 31)


@pytest.mark.django_db
def test_the_logins_are_in_their_groups_and_can_sign_in(load, clock, client):
    password = password_in(load())
    users = get_user_model().objects
    assert list(users.get(username="editor").groups.values_list("name", flat=True)) == [
        "Communications editors"
    ]
    assert users.get(username="admin").is_superuser
    for name in ("editor", "admin"):
        assert client.login(username=name, password=password)
        assert client.get("/cms/").status_code == 200


@pytest.mark.django_db
def test_a_login_is_created_once_its_group_exists(load, clock):
    Group.objects.filter(name="Organisers").delete()
    assert "organiser" not in load()
    Group.objects.create(name="Organisers")
    assert "organiser" in load()
    organiser = get_user_model().objects.get(username="organiser")
    assert [group.name for group in organiser.groups.all()] == ["Organisers"]


@pytest.mark.django_db
def test_only_its_owner_can_read_the_password_and_it_stays_the_same(load, clock, settings):
    first = password_in(load())
    kept = settings.VAR_DIR / "demo-password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text().strip() == first
    assert password_in(load()) == first


@pytest.mark.django_db
def test_a_lost_password_is_replaced_for_every_login(load, clock, client, settings):
    first = password_in(load())
    (settings.VAR_DIR / "demo-password").unlink()
    second = password_in(load())
    assert second != first
    assert client.login(username="editor", password=second)
    assert not client.login(username="admin", password=first)


@pytest.mark.django_db
def test_without_the_setting_there_are_no_logins_and_no_password(load, clock, settings):
    settings.DEMO_LOGINS = False
    printed = load()
    assert not get_user_model().objects.exists()
    assert "password:" not in printed
    assert not (settings.VAR_DIR / "demo-password").exists()


@pytest.mark.django_db
def test_an_unwritable_folder_is_named_in_words(load, clock, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.VAR_DIR = tmp_path / "file"
    with pytest.raises(CommandError, match="VAR_DIR"):
        load()


@pytest.mark.django_db
def test_loading_is_all_or_nothing(load, clock, monkeypatch):
    monkeypatch.setattr("events.actions.cancel_occurrence", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load()
    assert not HomePage.objects.get().get_children().exists()
    assert not Venue.objects.exists()


@pytest.mark.django_db
def test_beside_an_editors_own_event_the_demo_adds_only_what_is_missing(load, clock, event_index):
    own = EventPageFactory(parent=event_index, title="Prevent Community Roundtable")
    load()
    own.refresh_from_db()
    assert own.summary == "Hear, ask and find out."
    assert own.get_siblings().filter(slug=OF_2022.split("/")[-2]).exists()
