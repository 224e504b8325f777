"""Addresses that registrations may go to."""

import pytest
from django.core.exceptions import ValidationError

from events.inboxes import is_allowed, masked, parse_inboxes, validate_inboxes


@pytest.mark.parametrize(
    ("domains", "address", "expected"),
    [
        ([], "anyone@anywhere.example", True),
        (["council.example"], "inbox@council.example", True),
        (["Council.Example", ""], "inbox@COUNCIL.example", True),
        (["@council.example"], "inbox@council.example", True),
        (["council.example"], "inbox@notcouncil.example", False),
        (["council.example"], "inbox@sub.council.example", False),
        (["council.example"], "inbox@council.example.evil.example", False),
        (["council.example"], '"inbox@council.example"@evil.example', False),
        (["council.example"], "", False),
    ],
)
def test_a_domain_is_allowed_only_as_listed(settings, domains, address, expected):
    settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": domains}
    assert is_allowed(address) is expected


def test_addresses_are_read_one_per_line_without_duplicates():
    assert parse_inboxes(" a@x.example\r\n\nB@x.example\nA@x.example") == [
        "a@x.example",
        "B@x.example",
    ]


def test_every_wrong_line_is_named():
    with pytest.raises(ValidationError) as caught:
        validate_inboxes("a@x.example\nnobody\nb@\n")
    assert [message.split(" is ")[0] for message in caught.value.messages] == ["“nobody”", "“b@”"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [("ada@visitor.example", "a•••@visitor.example"), ("", ""), ("nothing", "")],
)
def test_a_masked_address_keeps_its_first_letter_and_its_domain(address, expected):
    assert masked(address) == expected
