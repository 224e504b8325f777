from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from events.registrations import limits
from events.registrations.models import RateCount, Registration
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def request(address="203.0.113.7", forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().post("/", REMOTE_ADDR=address, **headers)


@pytest.mark.parametrize(
    ("proxies", "address", "forwarded", "client"),
    [
        ([], "203.0.113.7", None, "203.0.113.7"),
        ([], "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (["10.0.0.0/8"], "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", None, "10.0.0.1"),
        (["10.0.0.1"], "::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ([], "", "198.51.100.1", ""),
    ],
)
def test_only_our_own_proxies_report_of_the_visitor_is_trusted(
    settings, proxies, address, forwarded, client
):
    settings.PREVENT = {**settings.PREVENT, "TRUSTED_PROXIES": proxies}
    assert limits.client_address(request(address, forwarded)) == client


@pytest.mark.parametrize(
    ("one", "other", "is_one_network"),
    [
        ("203.0.113.7", "203.0.113.250", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::1", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:203.0.113.7", "203.0.113.8", True),
        ("::ffff:203.0.113.7", "::ffff:198.51.100.7", False),
    ],
)
def test_a_network_is_what_one_customer_gets(one, other, is_one_network):
    networks = {limits.network_of(address, limits.NETWORK_PREFIX) for address in (one, other)}
    assert (len(networks) == 1) is is_one_network


def test_an_address_is_limited_and_its_neighbour_is_not(settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 3}
    refused = [limits.is_too_many(request(), at=NOW, form="registration") for _ in range(5)]
    assert refused == [False, False, False, True, True]
    assert not limits.is_too_many(request("203.0.113.8"), at=NOW, form="registration")


def test_a_thousand_from_one_network_are_limited_and_another_network_is_served(settings):
    served = sum(
        not limits.is_too_many(request(f"203.0.113.{number % 250}"), at=NOW, form="registration")
        for number in range(1000)
    )
    assert served == settings.PREVENT["REGISTRATION_LIMIT_NETWORK"] == 200
    assert not limits.is_too_many(request("198.51.100.1"), at=NOW, form="registration")


def test_each_kind_of_form_is_counted_separately(settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 1}
    kinds = ["feedback", "feedback", "registration"]
    refused = [limits.is_too_many(request(), at=NOW, form=kind) for kind in kinds]
    assert refused == [False, True, False]


def test_after_ten_minutes_a_source_is_served_again(settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 1}
    refused = [limits.is_too_many(request(), at=NOW, form="registration") for _ in range(2)]
    assert refused == [False, True]
    assert not limits.is_too_many(request(), at=NOW + timedelta(minutes=10), form="registration")


def test_an_office_behind_one_address_can_register_a_group(settings):
    assert not any(limits.is_too_many(request(), at=NOW, form="registration") for _ in range(30))


def test_an_inbox_is_not_flooded_whoever_asks_and_however_it_is_spelt():
    refused = [
        limits.is_too_many_for("Ada@visitor.example", at=NOW, form="link") for _ in range(10)
    ]
    assert not any(refused)
    assert limits.is_too_many_for("ada@VISITOR.example", at=NOW, form="link")


def test_a_mailbox_gets_so_many_emails_a_day_from_each_kind_of_form(settings):
    settings.PREVENT = {**settings.PREVENT, "EMAILS_PER_DAY": 2}
    hours = [NOW + timedelta(hours=hour) for hour in range(4)]
    refused = [limits.is_too_many_for("ada@visitor.example", at=at, form="link") for at in hours]
    assert refused == [False, False, True, True]
    assert not limits.is_too_many_for("ada@visitor.example", at=hours[3], form="complaint")
    tomorrow = NOW + timedelta(days=1)
    assert not limits.is_too_many_for("ada@visitor.example", at=tomorrow, form="link")
    limits.forget_person("ada@visitor.example", at=tomorrow)
    limits.forget_old(at=tomorrow)
    assert not RateCount.objects.exists()


def test_stored_counts_identify_nobody_and_are_deleted():
    limits.is_too_many(request(), at=NOW, form="registration")
    limits.is_too_many_for("ada@visitor.example", at=NOW, form="link")
    kept = str(list(RateCount.objects.values_list("source")))
    assert "203" not in kept
    assert "ada" not in kept
    tomorrow = NOW + timedelta(days=1)
    assert limits.hashed("address", "203.0.113.7", NOW) not in limits.hashed(
        "address", "203.0.113.7", tomorrow
    )
    assert limits.forget_old(at=NOW) == 0
    assert limits.forget_old(at=NOW + timedelta(minutes=10)) == 3
    assert limits.forget_old(at=NOW + timedelta(days=1)) == 1
    assert not RateCount.objects.exists()


@pytest.mark.parametrize(
    "name", ["REGISTRATION_LIMIT_ADDRESS", "REGISTRATION_LIMIT_NETWORK", "TRUSTED_PROXIES"]
)
def test_a_site_without_settings_is_guarded_too(settings, name):
    settings.PREVENT = {key: value for key, value in settings.PREVENT.items() if key != name}
    assert not any(limits.is_too_many(request(), at=NOW, form="registration") for _ in range(30))
    assert limits.is_too_many(request(), at=NOW, form="registration")


def test_the_same_form_again_is_answered_however_many_came(
    client, registration_page, answers, settings
):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 1}
    form = answers()
    replies = [client.post(registration_page.url, form) for _ in range(50)]
    assert {reply.status_code for reply in replies} == {302}
    assert len({client.get(reply["Location"]).content for reply in replies}) == 1
    assert Registration.objects.count() == 1


def test_someone_told_to_wait_learns_how_long(client, registration_page, answers, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 0}
    refused = client.post(registration_page.url, answers())
    assert refused.status_code == 429
    assert refused["Retry-After"] == "600"


def search(client, text="roundtable", **extra):
    return client.get("/search/", {"query": text}, **extra)


@pytest.fixture
def few_searches(settings, clock):
    settings.PREVENT = {**settings.PREVENT, "SEARCH_LIMIT_ADDRESS": 3}
    cache.clear()


def test_frequent_searches_get_their_words_back(client, home, few_searches):
    assert {search(client).status_code for _ in range(3)} == {200}
    refused = search(client, '"Café" <b>')
    assert refused.status_code == 429
    assert refused["Retry-After"] == "60"
    assert "no-store" in refused["Cache-Control"]
    assert "Wait a minute, then search again" in refused.content.decode()
    assert "&quot;Café&quot; &lt;b&gt;" in refused.content.decode()


def test_others_can_search_meanwhile_and_everyone_a_minute_later(client, home, few_searches, clock):
    for _ in range(4):
        refused = search(client)
    assert refused.status_code == 429
    assert search(client, REMOTE_ADDR="198.51.100.1").status_code == 200
    assert client.get("/search/").status_code == 200
    clock.move_to(NOW + timedelta(minutes=1))
    assert search(client).status_code == 200


def test_without_a_cache_everyone_can_search(client, home, few_searches, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert {search(client).status_code for _ in range(5)} == {200}
