import pytest
from django.test import RequestFactory

from events.registrations.models import EmailWording, OutboundEmail, Registration, RegistrationPage
from events.registrations.models.questions import default_form_fields

KINDS = [kind for kind, _ in OutboundEmail.PERSON_KINDS]


def preview(page, mode, user):
    request = page.make_preview_request(original_request=as_seen_by(user), preview_mode=mode)
    return request.content.decode()


def as_seen_by(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.fixture
def private_words(registration_page, series):
    """Someone really registered, whom no preview may show."""
    Registration.objects.create(
        page=registration_page,
        occurrence=series.occurrences.first(),
        name="Zephyrine Canarywood",
        email="zephyrine@canary.example",
        status="confirmed",
        erase_at=series.occurrences.first().ends_at,
    )
    return ["Zephyrine", "canary"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_email_to_a_person_can_be_previewed_with_an_invented_one(
    registration_page, editor, private_words, kind
):
    shown = preview(registration_page, kind, editor)
    assert "PR-EXAM-PPPP" in shown
    assert "Community roundtable" in shown
    for word in private_words:
        assert word not in shown
    assert Registration.objects.count() == 1
    assert not OutboundEmail.objects.exists()


def test_a_draft_opening_is_previewed_before_it_is_published(registration_page, editor):
    registration_page.wordings.add(EmailWording(kind="reminder", opening="Bring a friend & a pen"))
    shown = preview(registration_page, "reminder", editor)
    assert "Bring a friend &amp; a pen" in shown
    assert "Bring a friend" not in preview(registration_page, "confirmed", editor)


def test_an_unsaved_page_can_be_previewed(series, editor, clock):
    page = RegistrationPage(title="New", slug="new", privacy_text="<p>Ours.</p>")
    page.form_fields = default_form_fields()
    page.future_parent = series
    page.set_url_path(series)
    page.path, page.depth = series.path + "0001", series.depth + 1
    for mode, _ in page.preview_modes:
        assert "govuk" in preview(page, mode, editor)


def test_the_first_preview_is_the_form(registration_page, editor):
    assert registration_page.default_preview_mode == ""
    assert "Your full name" in preview(registration_page, "", editor)


def test_the_cms_lists_say_which_event_a_form_belongs_to(registration_page):
    page = RegistrationPage.objects.get(pk=registration_page.pk)
    assert page.get_admin_display_title() == f"{page.title}: Community roundtable"
