"""How venues, speakers and organisers are edited, and added where one is chosen."""

from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.snippets.views.chooser import SnippetChooserViewSet
from wagtail.snippets.views.snippets import SnippetViewSet

from ..models import Organiser, Speaker, Venue
from ..models.snippets import ACCESSIBILITY


class VenueChooserViewSet(SnippetChooserViewSet):
    form_fields = ["name", "address", "postcode", *ACCESSIBILITY, "accessibility_notes"]
    creation_tab_label = "New venue"


class VenueViewSet(SnippetViewSet):
    model = Venue
    icon = "home"
    chooser_viewset_class = VenueChooserViewSet
    panels = [
        FieldPanel("name"),
        FieldPanel("address"),
        FieldPanel("postcode"),
        FieldPanel("map_url"),
        FieldRowPanel([FieldPanel("latitude"), FieldPanel("longitude")]),
        FieldPanel("getting_there"),
        MultiFieldPanel(
            [
                *[FieldPanel(name) for name in ACCESSIBILITY],
                FieldPanel("accessibility_notes"),
            ],
            heading="Accessibility",
        ),
        FieldPanel("note"),
    ]


class SpeakerChooserViewSet(SnippetChooserViewSet):
    form_fields = ["name", "role", "organisation"]
    creation_tab_label = "New speaker"


class SpeakerViewSet(SnippetViewSet):
    model = Speaker
    icon = "user"
    chooser_viewset_class = SpeakerChooserViewSet
    panels = [FieldPanel("name"), FieldPanel("role"), FieldPanel("organisation")]


class OrganiserChooserViewSet(SnippetChooserViewSet):
    form_fields = ["team", "inbox", "phone"]
    creation_tab_label = "New organiser"


class OrganiserViewSet(SnippetViewSet):
    model = Organiser
    icon = "group"
    chooser_viewset_class = OrganiserChooserViewSet
    panels = [FieldPanel("team"), FieldPanel("inbox"), FieldPanel("phone")]
