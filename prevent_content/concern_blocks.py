"""The blocks about a concern: signs, what happens when it is reported, and where to report it."""

from wagtail import blocks

from .sections import INLINE_FEATURES, PROSE_FEATURES, PreviewMeta, RichTextBlock, SectionValue


class SignsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120, default="Signs to look for")
    introduction = RichTextBlock(features=INLINE_FEATURES, required=False)
    signs = blocks.ListBlock(blocks.CharBlock(max_length=200, label="Sign"), min_num=1)
    note = RichTextBlock(
        features=INLINE_FEATURES,
        required=False,
        help_text="What the signs do not mean, for example",
    )

    class Meta(PreviewMeta):
        icon = "view"
        label = "Signs to look for"
        description = "Changes that may mean that someone needs help."
        template = "prevent_content/blocks/signs.html"
        value_class = SectionValue
        preview_value = {
            "heading": "Signs to look for",
            "introduction": "<p>Someone may be:</p>",
            "signs": ["spending more time online", "cutting off friends"],
            "note": "<p>One sign alone tells you little.</p>",
        }


class StepBlock(blocks.StructBlock):
    title = blocks.CharBlock(max_length=160)
    text = RichTextBlock(features=PROSE_FEATURES, required=False)

    class Meta:
        icon = "order"


class ReportingStepsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120, default="What happens when you report a concern")
    steps = blocks.ListBlock(StepBlock(), min_num=1)

    class Meta(PreviewMeta):
        icon = "order"
        label = "What happens when you report"
        description = "The steps after someone reports a concern, Channel among them."
        template = "prevent_content/blocks/reporting_steps.html"
        value_class = SectionValue
        preview_value = {
            "heading": "What happens when you report a concern",
            "steps": [
                {"title": "We listen", "text": "<p>You tell us what worries you.</p>"},
                {"title": "We decide together", "text": "<p>A Channel panel meets.</p>"},
            ],
        }


class ReportOnlineBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120, default="Report something online")
    text = RichTextBlock(features=PROSE_FEATURES)

    class Meta(PreviewMeta):
        icon = "globe"
        label = "Report online content"
        description = "Where to report material. The link comes from the Prevent settings."
        template = "prevent_content/blocks/report_online.html"
        value_class = SectionValue
        preview_value = {
            "heading": "Report something online",
            "text": "<p>Report pages, pictures and videos that promote terrorism.</p>",
        }


class ReferralFormBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120, default="Make a referral")
    text = RichTextBlock(features=PROSE_FEATURES, required=False)
    link_text = blocks.CharBlock(max_length=120, default="Go to the referral form")
    url = blocks.URLBlock(label="Address of the form")

    class Meta(PreviewMeta):
        icon = "link-external"
        label = "Link to the referral form"
        description = "A link to the form with which people are referred. This site has none."
        template = "prevent_content/blocks/referral_form.html"
        value_class = SectionValue
        preview_value = {
            "heading": "Make a referral",
            "text": "<p>The form is on another website.</p>",
            "link_text": "Go to the referral form",
            "url": "https://www.council.example/referral",
        }


class ProfessionalLinkBlock(blocks.StructBlock):
    text = blocks.CharBlock(max_length=160)
    url = blocks.URLBlock(label="Address")

    class Meta:
        icon = "link"


class ProfessionalsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120, default="For professionals")
    text = RichTextBlock(features=PROSE_FEATURES, required=False)
    links = blocks.ListBlock(ProfessionalLinkBlock())

    class Meta(PreviewMeta):
        icon = "group"
        label = "For professionals"
        description = "Duties, training and guidance for people who work with others."
        template = "prevent_content/blocks/professionals.html"
        value_class = SectionValue
        preview_value = {
            "heading": "For professionals",
            "text": "<p>Talk to your safeguarding lead first.</p>",
            "links": [{"text": "Prevent duty guidance", "url": "https://www.gov.uk/"}],
        }
