from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.urls import reverse

from events.models import EventSpeaker, Organiser, Speaker, Venue
from tests.factories import EventPageFactory, OrganiserFactory, SpeakerFactory, VenueFactory


def venue(**fields):
    return Venue(**{"name": "Hall", "address": "1 High Street", "postcode": "HP19 8FF"} | fields)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("HP19 8FF", "HP19 8FF"),
        ("hp19 8ff", "HP19 8FF"),
        ("HP198FF", "HP19 8FF"),
        ("m1 1ae", "M1 1AE"),
        ("B33 8TH", "B33 8TH"),
        ("CR2 6XH", "CR2 6XH"),
        ("DN55 1PT", "DN55 1PT"),
        ("W1A 1HQ", "W1A 1HQ"),
        ("EC1A 1BB", "EC1A 1BB"),
        ("GIR 0AA", "GIR 0AA"),
    ],
)
def test_a_postcode_is_stored_as_the_post_office_writes_it(typed, kept):
    place = venue(postcode=typed)
    place.full_clean()
    assert place.postcode == kept


@pytest.mark.parametrize(
    "typed",
    ["", "HP19", "8FF", "HP19 8F", "QP19 8FF", "HP19 8CF", "HP19-8FF", "12345", "H P19 8FF"],
)
def test_an_incomplete_postcode_is_refused(typed):
    with pytest.raises(ValidationError) as refused:
        venue(postcode=typed).full_clean()
    assert list(refused.value.message_dict) == ["postcode"]


def test_the_sentence_about_a_postcode_gives_an_example():
    with pytest.raises(ValidationError, match="like HP19 8FF"):
        venue(postcode="HP19").full_clean()


def test_the_address_has_one_line_per_part_and_the_postcode_last():
    place = venue(address="The Hall,\n\n 12 Meadow Lane ,\nAylesbury")
    assert place.address_lines == ["The Hall", "12 Meadow Lane", "Aylesbury", "HP19 8FF"]


def test_accessibility_is_described_in_words_and_nothing_is_promised():
    place = venue(step_free="yes", hearing_loop="no")
    assert place.accessibility == [
        ("Step-free access", "Yes"),
        ("Accessible toilet", "Ask the organiser"),
        ("Hearing loop", "No"),
        ("Accessible parking", "Ask the organiser"),
        ("Quiet space", "Ask the organiser"),
    ]


@pytest.mark.parametrize(
    ("latitude", "longitude", "geo"),
    [
        ("51.81568", "-0.81428", (51.81568, -0.81428)),
        ("0", "0", (0.0, 0.0)),
        ("51.8", None, None),
        (None, "-0.8", None),
        (None, None, None),
    ],
)
def test_a_place_on_the_map_needs_both_coordinates(latitude, longitude, geo):
    numbers = {
        name: None if number is None else Decimal(number)
        for name, number in (("latitude", latitude), ("longitude", longitude))
    }
    assert venue(**numbers).geo == geo


@pytest.mark.parametrize(
    ("role", "organisation", "description"),
    [
        ("Official", "Home Office", "Official, Home Office"),
        ("Official", "", "Official"),
        ("", "Home Office", "Home Office"),
        ("", "", ""),
    ],
)
def test_a_speaker_is_described_in_one_line(role, organisation, description):
    assert Speaker(name="A", role=role, organisation=organisation).description == description


def test_the_inbox_of_an_organiser_must_be_an_email_address():
    with pytest.raises(ValidationError) as refused:
        Organiser(team="Team", inbox="roundtables at council").full_clean()
    assert "inbox" in refused.value.message_dict


def test_a_venue_or_organiser_in_use_is_not_deleted(event):
    with pytest.raises(ProtectedError):
        event.venue.delete()
    with pytest.raises(ProtectedError):
        event.organiser.delete()


@pytest.mark.django_db
def test_a_venue_without_a_name_cannot_be_saved():
    with pytest.raises(IntegrityError):
        VenueFactory(name=None)


@pytest.mark.parametrize(
    ("factory", "kind"),
    [(VenueFactory, "venue"), (SpeakerFactory, "speaker"), (OrganiserFactory, "organiser")],
)
def test_an_editor_adds_them_and_a_moderator_changes_those_in_use(
    client, editor, moderator, factory, kind
):
    row = factory()
    name = f"wagtailsnippets_prevent_events_{kind}"
    for person, may_change in ((editor, kind == "speaker"), (moderator, True)):
        client.force_login(person)
        assert str(row) in client.get(reverse(f"{name}:list")).content.decode()
        assert client.get(reverse(f"{name}:add")).status_code == 200
        opened = client.get(reverse(f"{name}:edit", args=[row.pk]))
        assert (opened.status_code == 200) is may_change


def test_the_organisers_inbox_is_on_no_public_page(client, clock, event_index):
    team = OrganiserFactory(inbox="kept-private@council.example", phone="01632 960 555")
    page = EventPageFactory(parent=event_index, organiser=team)
    shown = client.get(page.url).content.decode()
    assert team.team in shown
    assert "01632 960 555" in shown
    assert "kept-private" not in shown
    assert "kept-private" not in client.get(event_index.url).content.decode()


def test_a_speaker_venue_or_organiser_of_a_published_event_is_not_deleted(client, admin, event):
    speaker = SpeakerFactory()
    event.event_speakers.add(EventSpeaker(speaker=speaker))
    event.save_revision().publish()
    client.force_login(admin)
    for snippet in (speaker, event.venue, event.organiser):
        name = snippet._meta.model_name
        one = reverse(f"wagtailsnippets_prevent_events_{name}:delete", args=[snippet.pk])
        many = reverse("wagtail_bulk_action", args=["prevent_events", name, "delete"])
        for url in (one, f"{many}?id={snippet.pk}"):
            told = client.post(url, follow=True).content.decode()
            assert f"is shown on “{event.title}”" in told
        assert type(snippet).objects.filter(pk=snippet.pk).exists()
    event.unpublish()
    client.post(reverse("wagtailsnippets_prevent_events_speaker:delete", args=[speaker.pk]))
    assert not Speaker.objects.filter(pk=speaker.pk).exists()
