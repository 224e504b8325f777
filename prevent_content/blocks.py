"""The editorial blocks of every page of this plugin."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageBlock
from wagtail.models import Site

from .api import serializers
from .api.page_schemas import TEXT, array, nullable, ref
from .concern_blocks import (
    ProfessionalsBlock,
    ReferralFormBlock,
    ReportingStepsBlock,
    ReportOnlineBlock,
    SignsBlock,
)
from .concern_routes import PreventSettings
from .everyday_blocks import ButtonBlock, CardsBlock, TableBlock, VideoLinkBlock, WarningBlock
from .sections import (
    INLINE_FEATURES,
    PROSE_FEATURES,
    ExtensibleStreamBlock,
    ExtensibleStreamField,
    PreviewMeta,
    RichTextBlock,
    SectionValue,
    request_of,
    section_of,
)


class HeadingBlock(blocks.StructBlock):
    text = blocks.CharBlock(max_length=120)
    level = blocks.ChoiceBlock(
        choices=[("h2", "Section heading"), ("h3", "Heading within a section")],
        default="h2",
        search_index=False,
    )

    class Meta(PreviewMeta):
        icon = "title"
        description = "A heading. Section headings also make the contents list."
        template = "prevent_content/blocks/heading.html"
        value_class = SectionValue
        preview_value = {"text": "What Prevent is", "level": "h2"}

    api_properties: ClassVar = {"anchor": TEXT}

    def get_api_representation(self, value, context=None):
        return super().get_api_representation(value, context) | {"anchor": value.anchor}


class ProseBlock(RichTextBlock):
    def __init__(self, **kwargs):
        super().__init__(features=PROSE_FEATURES, **kwargs)

    class Meta(PreviewMeta):
        icon = "pilcrow"
        description = "Paragraphs, lists and links."
        template = "prevent_content/blocks/prose.html"
        preview_value = "<p>Prevent supports people who are vulnerable to being drawn in.</p>"


class ObjectiveBlock(blocks.StructBlock):
    title = blocks.CharBlock(max_length=160)
    text = RichTextBlock(features=INLINE_FEATURES, required=False)

    class Meta:
        icon = "list-ol"


class ObjectivesBlock(blocks.ListBlock):
    def __init__(self, **kwargs):
        super().__init__(ObjectiveBlock(), min_num=1, **kwargs)

    class Meta(PreviewMeta):
        icon = "list-ol"
        label = "Numbered objectives"
        description = "Objectives in order, each with a title and a short explanation."
        template = "prevent_content/blocks/objectives.html"
        preview_value = [
            {"title": "Tackle the causes", "text": "<p>Answer the ideological challenge.</p>"},
            {"title": "Support early", "text": "<p>Identify who is at risk.</p>"},
        ]


class InsetBlock(RichTextBlock):
    def __init__(self, **kwargs):
        super().__init__(features=INLINE_FEATURES, **kwargs)

    class Meta(PreviewMeta):
        icon = "openquote"
        label = "Inset text"
        description = "A short passage set apart from the text around it."
        template = "prevent_content/blocks/inset.html"
        preview_value = "<p>Registering for an event is not a referral.</p>"


class DetailsBlock(blocks.StructBlock):
    summary = blocks.CharBlock(max_length=120, help_text="What the reader opens")
    text = RichTextBlock(features=PROSE_FEATURES)

    class Meta(PreviewMeta):
        icon = "collapse-down"
        description = "A passage that the reader opens when they need it."
        template = "prevent_content/blocks/details.html"
        preview_value = {"summary": "Who comes to a roundtable?", "text": "<p>Everyone can.</p>"}


class FigureBlock(blocks.StructBlock):
    image = ImageBlock()
    caption = blocks.CharBlock(max_length=250, required=False)

    class Meta(PreviewMeta):
        icon = "image"
        label = "Image"
        description = "An image with alternative text, or marked as decorative."
        template = "prevent_content/blocks/figure.html"

    def get_preview_value(self):
        """Return the newest image of the library, if it has any."""
        newest = get_image_model().objects.order_by("-created_at", "-pk").first()
        return self.normalize({"image": newest, "caption": "The council chamber"})

    api_properties: ClassVar = {"image": nullable(ref("ImageObject"))}

    def get_api_representation(self, value, context=None):
        image = value["image"]
        alt = "" if image is None or image.decorative else image.contextual_alt_text
        return {
            "image": serializers.image_object(image, request_of(context), alt=alt),
            "caption": value["caption"],
        }


class DocumentsBlock(blocks.StructBlock):
    title = blocks.CharBlock(max_length=120, default="Documents")
    documents = blocks.ListBlock(DocumentChooserBlock(), min_num=1)

    class Meta(PreviewMeta):
        icon = "doc-full"
        description = "Documents to download, with their type and size."
        template = "prevent_content/blocks/documents.html"
        value_class = SectionValue
        preview_value = {"title": "Documents", "documents": []}

    api_properties: ClassVar = {"documents": array(ref("DocumentObject"))}

    def get_api_representation(self, value, context=None):
        request = request_of(context)
        found = (serializers.document_object(row, request) for row in value["documents"])
        return {"title": value["title"], "documents": list(filter(None, found))}


class ContactBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120, default="Contact us", required=False)
    team = blocks.CharBlock(max_length=120)
    email = blocks.EmailBlock(required=False)
    phone = blocks.CharBlock(max_length=40, required=False)
    address = blocks.TextBlock(required=False, rows=4)
    hours = blocks.CharBlock(max_length=120, required=False, label="Opening hours")

    class Meta(PreviewMeta):
        icon = "user"
        description = "How to reach a team."
        template = "prevent_content/blocks/contact.html"
        value_class = SectionValue
        preview_value = {
            "heading": "Contact us",
            "team": "Community safety team",
            "email": "community.safety@council.example",
            "phone": "01632 960 001",
            "address": "",
            "hours": "Monday to Friday, 9am to 5pm",
        }

    def clean(self, value):
        cleaned = super().clean(value)
        if not any(cleaned[name] for name in ("email", "phone", "address")):
            raise blocks.StructBlockValidationError(
                {"email": ValidationError("Enter an email address, a phone number or an address")}
            )
        return cleaned


class ConcernRoutesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120, default="If you are worried about someone")

    class Meta(PreviewMeta):
        icon = "warning"
        description = "Whom to tell about a concern. The numbers come from the Prevent settings."
        template = "prevent_content/blocks/concern_routes.html"
        value_class = SectionValue
        preview_value = {"heading": "If you are worried about someone"}

    api_properties: ClassVar = {"routes": ref("ConcernRoutes")}

    def get_api_representation(self, value, context=None):
        request = request_of(context)
        site = Site.find_for_request(request) if request else None
        routes = PreventSettings.for_site(site) if site else PreventSettings()
        return {"heading": value["heading"], "routes": routes.public_object()}


class RelatedPagesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120, default="Related pages")
    pages = blocks.ListBlock(blocks.PageChooserBlock(), min_num=1)

    class Meta(PreviewMeta):
        icon = "link"
        description = "Links to other pages of this site. Unpublished pages are left out."
        template = "prevent_content/blocks/related_pages.html"
        value_class = SectionValue
        preview_value = {"heading": "Related pages", "pages": []}

    api_properties: ClassVar = {"pages": array(ref("PageLink"))}

    def get_api_representation(self, value, context=None):
        return {
            "heading": value["heading"],
            "pages": serializers.page_objects(value["pages"], request_of(context)),
        }


class EditorialStreamBlock(ExtensibleStreamBlock):
    """The body of a page; the page's heading is ``h1``, so its sections begin at ``h2``."""

    heading = HeadingBlock()
    prose = ProseBlock()
    objectives = ObjectivesBlock()
    inset = InsetBlock()
    details = DetailsBlock()
    figure = FigureBlock()
    table = TableBlock()
    warning = WarningBlock()
    button = ButtonBlock()
    video_link = VideoLinkBlock()
    cards = CardsBlock()
    documents = DocumentsBlock()
    contact = ContactBlock()
    concern_routes = ConcernRoutesBlock()
    signs = SignsBlock()
    reporting_steps = ReportingStepsBlock()
    report_online = ReportOnlineBlock()
    referral_form = ReferralFormBlock()
    professionals = ProfessionalsBlock()
    related_pages = RelatedPagesBlock()

    def clean(self, value):
        cleaned = super().clean(value)
        errors = {}
        seen: set[str] = set()
        in_section = False
        for index, child in enumerate(cleaned):
            if not isinstance(child.value, SectionValue) or not child.value.section_title:
                continue
            # Blocks with their own heading begin a section just as headings do.
            if section_of(child):
                in_section = True
            elif not in_section:
                errors[index] = ValidationError(
                    "Put a section heading before the first heading within a section"
                )
            if child.value.anchor in seen:
                errors[index] = ValidationError(
                    "Another heading on this page has the same words. Change one, so that people "
                    "using a screen reader can tell them apart"
                )
            seen.add(child.value.anchor)
        if errors:
            raise StreamBlockValidationError(block_errors=errors)
        return cleaned


def register_block(name: str, block: blocks.Block) -> None:
    """Offer ``block`` to editors in the body of every page, stored under ``name``.

    Call it from an app's ``ready`` method. It needs no migration. Blocks whose app is gone are
    skipped, as Wagtail does.
    """
    EditorialStreamBlock.register(name, block)


class EditorialField(ExtensibleStreamField):
    """The body of a page: the blocks of this module and those that apps register."""

    stream_block_class = EditorialStreamBlock
