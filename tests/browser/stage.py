"""Pages for every state that the demo content lacks."""

from datetime import date, datetime, time, timedelta

from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.models import Locale
from wagtail_factories import ImageFactory

from events import actions
from events.models import EventIndexPage, EventPage
from events.registrations.models import Registration, RegistrationField, RegistrationPage
from home.models import HomePage
from prevent_content.blocks import EditorialStreamBlock
from prevent_content.models import AlertBanner
from tests.factories import (
    EventIndexPageFactory,
    EventPageFactory,
    PreventPageFactory,
    RegistrationFactory,
    RegistrationPageFactory,
    publish,
)

SERIES = "/prevent/roundtables/prevent-community-roundtable/"
OF_2022 = "/prevent/roundtables/prevent-community-roundtable-may-2022/"
LONG_WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"


def load_stage() -> dict[str, str]:
    """Make the pages, and return the path of each state by name."""
    home = HomePage.objects.get()
    index = EventIndexPage.objects.get()
    now = timezone.now()
    paths = {
        "every block": every_block(home, index).url,
        "empty index": EventIndexPageFactory(parent=home, title="No roundtables yet").url,
        **event_paths(index, day=now.date() + timedelta(days=40)),
        **form_paths(index, now=now),
        **own_paths(now=now),
        **urdu_paths(home),
        "feedback": f"/feedback/{index.pk}/",
    }
    month = now.replace(day=1) + timedelta(days=62)
    return paths | {"month": f"{month:%Y-%m}"}


def every_block(home: HomePage, index: EventIndexPage):
    """Return a page with each editorial block, an image and a document."""
    document = get_document_model()(title="Notes of the last roundtable")
    document.file.save("notes.txt", ContentFile("Notes"))
    image = ImageFactory(title="The hall from the street", file__width=800, file__height=500)
    special = {
        "figure": {
            "image": {"image": image, "alt_text": "A hall with its doors open"},
            "caption": "The hall",
        },
        "documents": {"title": "Documents", "documents": [document]},
        "related_pages": {"heading": "Related pages", "pages": [index]},
        "prose": "<p>A list, and <b>a long word</b>:</p><ul><li>"
        f"{LONG_WORD}</li><li>two</li></ul><ol><li>first</li></ol>",
    }
    body = [
        (name, block.get_preview_value() if name not in special else special[name])
        for name, block in EditorialStreamBlock().child_blocks.items()
    ]
    page = PreventPageFactory(parent=home, title="Every block", body=body)
    for number in (1, 2):
        AlertBanner.objects.create(
            title=f"Alert {number}",
            text='<p>Ring <a href="tel:101">101</a>.</p>',
            page=page,
            starts_at=timezone.now(),
        )
    return page


def evening(index: EventIndexPage, title: str, day: date, **fields) -> EventPage:
    """Return an event of one date with a running order."""
    agenda = [
        ("time", {"mark": "doors", "starts": time(18), "ends": None, "note": "Side door"}),
        ("item", {"starts": time(18), "ends": time(18, 40), "title": "Talk", "text": "<p>So</p>"}),
        (
            "refreshments",
            {"starts": time(18, 40), "ends": time(19), "served": "Tea", "dietary": "Vegan"},
        ),
    ]
    return EventPageFactory(parent=index, title=title, date=day, agenda=agenda, **fields)


def urdu_paths(home: HomePage) -> dict[str, str]:
    """Return the paths, in Urdu, of the front page and everything on the way to a form."""
    urdu = Locale.objects.create(language_code="ur")
    words = {
        "home": (home, "کمیونٹی گول میز"),
        "prevent page": (home.get_children().get(slug="prevent"), "پریونٹ"),
        "index": (EventIndexPage.objects.get(slug="roundtables"), "گول میز اجلاس"),
        "event": (EventPage.objects.get(slug="prevent-community-roundtable"), "گول میز اجلاس"),
    }
    words["form"] = (words["event"][0].get_children().get(), "اپنی دلچسپی ظاہر کریں")
    paths = {}
    for name, (page, title) in words.items():
        translation = page.specific.copy_for_translation(urdu)
        translation.title = translation.draft_title = title
        if hasattr(translation, "summary"):
            translation.summary = "سنیں، پوچھیں اور جانیں کہ یہاں کیا ہو رہا ہے۔"
        paths[f"{name} in Urdu"] = publish(translation).url
    return paths


def event_paths(index: EventIndexPage, *, day: date) -> dict[str, str]:
    """Return the paths of events that do not go ahead as planned, or are online."""
    cancelled = evening(index, "A cancelled evening", day)
    actions.cancel_occurrence(cancelled.occurrences.get(), reason="The speakers are ill.", by=None)
    postponed = evening(index, "A postponed evening", day)
    actions.postpone_occurrence(postponed.occurrences.get(), reason="The hall is flooded.", by=None)
    moved = evening(index, "An evening at a new time", day)
    row = moved.occurrences.get()
    week = timedelta(days=7)
    actions.postpone_occurrence(
        row,
        reason="The hall is taken.",
        by=None,
        starts_at=row.starts_at + week,
        ends_at=row.ends_at + week,
    )
    dateless = evening(index, f"No date for {LONG_WORD}", day)
    dateless.occurrences.all().delete()
    online = evening(index, "Online", day, attendance_mode="online", venue=None)
    both = evening(index, "Here and online", day, attendance_mode="both")
    weekly = evening(index, "Every week", day, rule="FREQ=WEEKLY")
    return {
        "cancelled": cancelled.url,
        "postponed": postponed.url,
        "moved": moved.url,
        "dateless": dateless.url,
        "online": online.url,
        "both": both.url,
        "weekly": weekly.url,
    }


def form_paths(
    index: EventIndexPage | None = None, *, now: datetime | None = None
) -> dict[str, str]:
    """Return the paths of forms that are full, not open yet, or ask every kind of question."""
    index = index or EventIndexPage.objects.get()
    now = now or timezone.now()
    day = now.date() + timedelta(days=50)

    def form(title: str, *, is_full: bool = False, **fields) -> str:
        page = RegistrationPageFactory(parent=evening(index, title, day), **fields)
        if is_full:
            # A form cannot be published without places; this one has none left.
            RegistrationPage.objects.filter(pk=page.pk).update(capacity=0)
        return page.url

    return {
        "full": form("A full evening", is_full=True, waiting_list=False),
        "waiting list": form("An evening with a waiting list", is_full=True),
        "not open": form("Not open yet", opens_at=now + timedelta(days=20)),
        "every question": form("Every question", approval=True, form_fields=every_question()),
    }


def every_question() -> list[RegistrationField]:
    """Return a question of each kind, one of them conditional."""
    choices = "A member of the public\nI represent an organisation\nNeither"
    asked = [
        RegistrationField(label="You are", field_type="radio", choices=choices, required=True),
        RegistrationField(
            label="Which organisation?",
            field_type="singleline",
            required=True,
            depends_on="You are",
            depends_answer="I represent an organisation",
        ),
        *(
            RegistrationField(
                label=f"Asked by {kind}",
                help_text="What you like",
                field_type=kind,
                choices="One\nTwo\nThree" if kind in ("checkboxes", "dropdown") else "",
            )
            for kind in ("email", "number", "url", "date", "checkbox", "checkboxes", "dropdown")
        ),
        *(
            RegistrationField(label=label, help_text=hint, field_type="multiline", sensitive=True)
            for label, hint in (
                ("Access needs", "For example step-free access"),
                ("Dietary needs", "For example halal or vegan"),
            )
        ),
    ]
    for order, question in enumerate(asked):
        question.sort_order = order
    return asked


def own_paths(*, now: datetime | None = None) -> dict[str, str]:
    """Return the paths seen by someone registered for the demo's series."""
    now = now or timezone.now()
    series = EventPage.objects.get(slug="prevent-community-roundtable")
    row = series.occurrences.filter(status="scheduled", starts_at__gt=now).first()
    page = series.get_children().get().specific
    answers = [{"name": "a", "label": "A question", "type": "multiline", "value": "Why?\nHow?"}]
    common = {"page": page, "received_at": now, "erase_at": row.ends_at + timedelta(days=30)}

    def own(registration: Registration) -> str:
        return f"/registration/{registration.link_token()}/"

    confirmed = RegistrationFactory(
        occurrence=row, status="confirmed", email="own@visitor.example", answers=answers, **common
    )
    withdrawn = RegistrationFactory(
        occurrence=row, status="withdrawn", email="gone@visitor.example", **common
    )
    return {"own": own(confirmed), "withdrawn": own(withdrawn)}
