"""The public privacy texts and the settings they describe cannot differ."""

from datetime import timedelta

import pytest

from events.registrations import limits, privacy
from events.registrations.models import DataProtectionSettings, RegistrationPage
from events.registrations.models.data_protection import ANSWER_WITHIN_DAYS
from home.models import StandardPage
from tests.factories import RegistrationFactory

LEAD_MAY_ACT = (
    "A safeguarding lead may read what you write. If it makes them worried about someone’s safety "
    "they may have to act on it."
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def text_of(client, demo, settings):
    settings.PREVENT = {**settings.PREVENT, "PAGE_CACHE_SECONDS": 0}

    def text(address: str) -> str:
        return " ".join(client.get(address).content.decode().split())

    return text


def set_complaint_days(days: int) -> None:
    DataProtectionSettings.objects.update_or_create(
        site_id=StandardPage.objects.get(slug="privacy").get_site().pk,
        defaults={"complaint_days": days},
    )


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (
            "We delete your booking 30 days after the end of the event.",
            lambda settings: RegistrationPage.objects.update(retention_days=61),
            "We delete your booking 61 days after the end of the event.",
        ),
        (
            "We delete your access and dietary needs 7 days after the end of the event.",
            lambda settings: RegistrationPage.objects.update(sensitive_retention_days=1),
            "We delete your access and dietary needs 1 day after the end of the event.",
        ),
        (
            "We delete a complaint about how we used your data 365 days after",
            lambda settings: set_complaint_days(90),
            "We delete a complaint about how we used your data 90 days after",
        ),
        (
            "We delete what you tell us about a page or an event after 365 days",
            lambda settings: setattr(
                settings, "PREVENT", {**settings.PREVENT, "FEEDBACK_DAYS": 14}
            ),
            "We delete what you tell us about a page or an event after 14 days",
        ),
    ],
)
def test_a_figure_on_the_privacy_page_matches_the_setting(
    demo, text_of, settings, before, change, after
):
    assert before in text_of("/privacy/")
    change(settings)
    changed = text_of("/privacy/")
    assert after in changed
    assert before not in changed


def test_constants_on_the_privacy_page_match_the_code(demo, text_of, monkeypatch):
    page = text_of("/privacy/")
    assert f"We will answer your complaint within {ANSWER_WITHIN_DAYS} days." in page
    assert "we count how many come from each internet address in 10 minutes" in page
    monkeypatch.setattr(limits, "WINDOW_SECONDS", 7200)
    assert any("internet address in 2 hours" in sentence for sentence in privacy.retention())


def test_forms_with_different_periods_are_named_as_a_range(demo, text_of, settings):
    first = RegistrationPage.objects.order_by("pk").first()
    RegistrationPage.objects.filter(pk=first.pk).update(retention_days=90)
    assert (
        "We delete your booking 30 to 90 days after the end of the event. The booking form says "
        "which." in text_of("/privacy/")
    )


def test_the_cookies_page_names_the_configured_cookies_and_lifetimes(demo, text_of, settings):
    settings.SESSION_COOKIE_AGE, settings.CSRF_COOKIE_AGE = 2 * 60 * 60, 31_449_600
    page = text_of("/cookies/")
    assert "sessionid: keeps staff signed in, and expires after 2 hours" in page
    assert "csrftoken: protects the forms of the CMS, and expires after 1 year" in page
    settings.SESSION_COOKIE_AGE, settings.SESSION_LASTS = 7 * 86_400, timedelta(days=3)
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "staff", "guard"
    settings.CSRF_COOKIE_AGE = 40 * 86_400
    page = text_of("/cookies/")
    assert "staff: keeps staff signed in, and expires after 3 days" in page
    assert "guard: protects the forms of the CMS, and expires after 40 days" in page


def test_form_and_privacy_page_say_that_a_lead_may_act_if_flagging_is_on(
    demo, client, text_of, settings
):
    form = RegistrationPage.objects.order_by("pk").last()

    def texts():
        api = client.get(f"/api/registration-forms/{form.pk}/").json()["privacy_text"]
        return [text_of("/privacy/"), text_of(form.url), api]

    assert all(LEAD_MAY_ACT in text for text in texts())
    settings.PREVENT = {**settings.PREVENT, "FLAGGING": False}
    assert not any(LEAD_MAY_ACT in text for text in texts())


def test_nobody_can_flag_if_the_texts_do_not_mention_it(client, registration_page, lead, settings):
    registration = RegistrationFactory(
        page=registration_page, occurrence=registration_page.event.occurrences.first()
    )
    settings.PREVENT = {**settings.PREVENT, "FLAGGING": False}
    client.force_login(lead)
    desk = "/cms/prevent_registrations/registration"
    assert (
        "Flag a safeguarding concern"
        not in client.get(f"{desk}/inspect/{registration.pk}/").content.decode()
    )
    answer = client.post(f"{desk}/flag/{registration.pk}/", {"why": "Odd"})
    assert answer.status_code == 403
    registration.refresh_from_db()
    assert registration.concern_since is None


@pytest.mark.parametrize(
    "named",
    [
        "The council is the controller",
        "Data protection officer",
        "to safeguard people",
        "Article 6(1)(e)",
        "Article 9(2)(a)",
        "Who sees it",
        "hosts the website and its backups",
        "stop using it, because you object",
        "Information Commissioner’s Office",
        "/registration/complaint/",
    ],
)
def test_the_privacy_page_has_everything_article_13_requires(demo, text_of, named):
    assert named in text_of("/privacy/")


@pytest.mark.parametrize("address", ["/privacy/", "/prevent/", "form"])
def test_no_public_page_claims_that_answers_are_used_for_nothing_else(demo, text_of, address):
    form = RegistrationPage.objects.order_by("pk").last()
    page = text_of(form.url if address == "form" else address).lower()
    assert "nothing else" not in page
    assert "profiled" not in page


def test_the_block_has_its_sentences_in_the_api(demo, client):
    page = StandardPage.objects.get(slug="privacy")
    body = client.get(f"/api/v2/pages/{page.pk}/").json()["body"]
    facts = [block["value"] for block in body if block["type"] == "privacy_fact"]
    assert [fact["fact"] for fact in facts] == ["flagging", "retention", "answers"]
    assert facts[0]["sentences"] == [LEAD_MAY_ACT]
