"""Forms in GOV.UK's markup, as browsers and screen readers see them."""

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.http import QueryDict
from django.template import engines

from prevent_content.form_rendering import GovukRenderer, error_entries, in_reading_order


class InterestForm(forms.Form):
    default_renderer = GovukRenderer

    name = forms.CharField(
        label="Full name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "class": "wide"}),
    )
    email = forms.EmailField(
        label="Email address",
        help_text="Only for <this> event",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(label="Phone", required=False, widget=forms.TelInput)
    guests = forms.IntegerField(label="Guests", min_value=0, max_value=4, required=False)
    share = forms.DecimalField(label="Share", required=False)
    website = forms.URLField(label="Website", required=False, assume_scheme="https")
    met = forms.DateField(label="When did we meet?", required=False)
    needs = forms.CharField(
        label="Access needs", widget=forms.Textarea, max_length=20, required=False
    )
    more = forms.CharField(label="More (optional)", widget=forms.Textarea, required=False)
    role = forms.ChoiceField(
        label="How do you come?",
        help_text="This helps us to plan",
        widget=forms.RadioSelect,
        choices=[("self", "As myself"), ("org", "For an organisation")],
    )
    diet = forms.MultipleChoiceField(
        label="Diet",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("vegan", "Vegan"), ("halal", "Halal")],
    )
    languages = forms.MultipleChoiceField(
        label="Languages", choices=[("en", "English"), ("ur", "Urdu")]
    )
    area = forms.ChoiceField(
        label="Area", choices=[("", "Choose one"), ("ayl", "Aylesbury"), ("wyc", "Wycombe")]
    )
    organisation = forms.CharField(label="Which organisation?", required=False)
    street = forms.CharField(label="Street", required=False)
    consent = forms.BooleanField(label="I agree", help_text="See the privacy notice")
    key = forms.CharField(widget=forms.HiddenInput, initial="one-time")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].conditional_on = ("role", "org")
        self.fields["organisation"].required_when_shown = True
        self.fields["street"].conditional_on = ("area", "ayl")
        self.fields["role"].choice_hints = {"org": "A charity, a school"}

    def clean(self):
        if self.data.get("key") == "spent":
            raise forms.ValidationError("This form has already been sent")


def page(form: forms.Form) -> BeautifulSoup:
    return BeautifulSoup(str(form), "html.parser")


def sent(**answers) -> InterestForm:
    body = QueryDict(mutable=True)
    for name, answer in ({"key": "one-time"} | answers).items():
        body.setlist(name, answer if isinstance(answer, list) else [answer])
    return InterestForm(body)


def rendered(source: str, **context) -> BeautifulSoup:
    template = engines["django"].from_string("{% load prevent_content_tags %}" + source)
    return BeautifulSoup(template.render(context), "html.parser")


@pytest.mark.parametrize(
    ("input_id", "tag", "expected"),
    [
        ("id_name", "input", {"type": "text", "autocomplete": "name"}),
        ("id_email", "input", {"type": "email", "autocomplete": "email", "spellcheck": "false"}),
        ("id_phone", "input", {"type": "tel"}),
        ("id_guests", "input", {"type": "text", "inputmode": "numeric"}),
        ("id_share", "input", {"type": "text", "inputmode": "decimal"}),
        ("id_website", "input", {"type": "url", "spellcheck": "false"}),
        ("id_met", "input", {"type": "text"}),
        ("id_needs", "textarea", {"rows": "5"}),
        ("id_role_0", "input", {"type": "radio", "value": "self"}),
        ("id_diet_1", "input", {"type": "checkbox", "value": "halal"}),
        ("id_languages_0", "input", {"type": "checkbox", "value": "en"}),
        ("id_area", "select", {}),
        ("id_consent", "input", {"type": "checkbox"}),
        ("id_key", "input", {"type": "hidden", "value": "one-time"}),
    ],
)
def test_each_kind_of_field_has_its_input(input_id, tag, expected):
    element = page(InterestForm()).find(id=input_id)
    assert element.name == tag
    assert {name: element.get(name) for name in expected} == expected


def test_validation_is_left_to_the_server():
    html = page(InterestForm())
    for element in html.select("input, textarea, select"):
        assert not {"required", "maxlength", "min", "max", "step", "aria-invalid"} & set(
            element.attrs
        )


def test_every_visible_input_has_a_label_and_ids_are_unique():
    html = page(sent())
    ids = [element["id"] for element in html.select("[id]")]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for label in html.select("label")}
    inputs = {element["id"] for element in html.select("input:not([type=hidden]),textarea,select")}
    assert inputs == labelled


@pytest.mark.parametrize("form", [InterestForm(), sent(needs="n" * 21)], ids=["blank", "sent"])
def test_every_description_an_input_refers_to_exists(form):
    html = page(form)
    referring = html.select("[aria-describedby], [data-aria-controls]")
    assert referring
    for element in referring:
        for name in ("aria-describedby", "data-aria-controls"):
            for target in element.get(name, "").split():
                assert html.find(id=target) is not None, target


def test_hint_and_error_describe_the_input_in_this_order():
    html = page(sent(email="nowhere"))
    email = html.find(id="id_email")
    assert email["aria-describedby"] == "id_email_helptext id_email_error"
    assert "govuk-input--error" in email["class"]
    assert email["value"] == "nowhere"
    assert html.find(id="id_email_error").get_text().startswith("Error:")
    assert "govuk-form-group--error" in email.find_parent("div")["class"]


def test_a_hint_is_text_and_never_markup():
    assert page(InterestForm()).find(id="id_email_helptext").get_text() == "Only for <this> event"


def test_a_group_is_a_fieldset_that_carries_hint_and_error_itself():
    fieldset = page(sent()).find(id="id_role_0").find_parent("fieldset")
    assert fieldset.legend.get_text() == "How do you come?"
    assert fieldset["aria-describedby"] == "id_role_helptext id_role_error"
    assert "aria-describedby" not in fieldset.find(id="id_role_0").attrs
    assert fieldset.find(id="id_role_1")["aria-describedby"] == "id_role_1_hint"


def test_a_single_checkbox_is_described_by_its_hint_and_error():
    html = page(sent())
    assert html.find(id="id_consent")["aria-describedby"] == "id_consent_helptext id_consent_error"
    assert html.find("label", attrs={"for": "id_consent"}).get_text() == "I agree"


@pytest.mark.parametrize(
    ("input_id", "label"),
    [
        ("id_name", "Full name"),
        ("id_phone", "Phone (optional)"),
        ("id_more", "More (optional)"),
        ("id_organisation", "Which organisation?"),
    ],
)
def test_only_optional_fields_are_called_optional(input_id, label):
    assert page(InterestForm()).find("label", attrs={"for": input_id}).get_text() == label


def test_a_form_keeps_its_own_classes_beside_the_components():
    assert page(InterestForm()).find(id="id_name")["class"] == ["govuk-input", "wide"]


def test_a_textarea_with_a_limit_counts_its_characters():
    html = page(InterestForm())
    group = html.find(id="id_needs").find_parent("div")
    assert group["data-module"] == "govuk-character-count"
    assert group["data-maxlength"] == "20"
    assert html.find(id="id_needs")["aria-describedby"] == "id_needs-info"
    assert html.find(id="id_more").find_parent("div").get("data-module") is None


def test_a_textarea_can_do_without_the_counter():
    form = InterestForm()
    form.fields["needs"].character_count = False
    assert page(form).find(id="id_needs").find_parent("div").get("data-module") is None


def test_a_date_without_a_hint_shows_how_to_write_one():
    assert page(InterestForm()).find(id="id_met_helptext").get_text() == "For example, 27/3/2027"


def test_the_example_of_a_date_is_valid():
    form = sent(met="27/3/2027")
    form.is_valid()
    assert form.cleaned_data["met"].isoformat() == "2027-03-27"


def test_typed_text_comes_back_even_if_it_is_not_a_number():
    assert page(sent(guests="two")).find(id="id_guests")["value"] == "two"


def test_selected_answers_come_back_selected():
    html = page(sent(role="org", languages=["ur"], diet=["vegan", "halal"], consent="on"))
    checked = {element["id"] for element in html.select("input[checked]")}
    assert checked == {"id_role_1", "id_languages_1", "id_diet_0", "id_diet_1", "id_consent"}


def test_an_unavailable_answer_is_shown_and_disabled():
    form = InterestForm()
    form.fields["role"].unavailable_choices = {"self"}
    html = page(form)
    assert html.find(id="id_role_0").has_attr("disabled")
    assert not html.find(id="id_role_1").has_attr("disabled")
    assert form["role"].first_input_id == "id_role_1"


def test_a_conditional_field_appears_once_under_its_answer():
    html = page(InterestForm())
    assert html.find(id="id_role_1")["data-aria-controls"] == "conditional-id_role_1"
    panel = html.find(id="conditional-id_role_1")
    assert "govuk-radios__conditional--hidden" in panel["class"]
    assert panel.find(id="id_organisation") is not None
    assert len(html.select("#id_organisation")) == 1


def test_the_panel_is_open_when_its_answer_is_selected():
    panel = page(sent(role="org")).find(id="conditional-id_role_1")
    assert panel["class"] == ["govuk-radios__conditional"]


def test_without_scripts_a_reader_is_told_when_to_answer():
    html = page(InterestForm())
    hint = "Answer this only if you chose “For an organisation” for “How do you come?”."
    assert html.find(id="conditional-id_role_1-condition").get_text() == hint
    described_by = html.find(id="id_organisation")["aria-describedby"]
    assert described_by == "conditional-id_role_1-condition"


def test_a_field_that_depends_on_a_list_is_always_shown_with_its_condition():
    html = page(InterestForm())
    assert html.find(id="id_street")["aria-describedby"] == "id_street_condition"
    hint = "Answer this only if you chose “Aylesbury” for “Area”."
    assert html.find(id="id_street_condition").get_text() == hint


def test_a_ticked_box_can_reveal_a_field():
    class NewsForm(forms.Form):
        default_renderer = GovukRenderer
        news = forms.BooleanField(label="Keep me informed", required=False)
        route = forms.CharField(label="How?", required=False)
        route.conditional_on = ("news", True)

    html = page(NewsForm({"news": "on"}))
    assert html.find(id="conditional-id_news").find(id="id_route") is not None
    assert "you ticked “Keep me informed”" in html.find(id="conditional-id_news").get_text()


@pytest.mark.parametrize("condition", [("second", "a"), ("first", "a"), ("missing", "a")])
def test_a_condition_on_no_earlier_field_hides_nothing(condition):
    class LoopForm(forms.Form):
        default_renderer = GovukRenderer
        first = forms.CharField()
        second = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A")])

    form = LoopForm()
    form.fields["first"].conditional_on = condition
    assert [bound.name for bound in in_reading_order(form)] == ["first", "second"]
    assert len(page(form).select("#id_first")) == 1


def test_the_summary_lists_errors_in_reading_order_and_goes_to_the_first_input():
    form = sent(role="org", key="spent")
    form.add_error("organisation", "Enter the organisation’s name")
    assert [entry.target for entry in error_entries(form)] == [
        "form-error",
        "id_name",
        "id_email",
        "id_organisation",
        "id_languages_0",
        "id_area",
        "id_consent",
    ]
    html = page(form)
    assert all(html.find(id=entry.target) is not None for entry in error_entries(form))


def test_the_summary_covers_several_forms_and_announces_itself():
    class Search(forms.Form):
        default_renderer = GovukRenderer
        prefix = "search"
        words = forms.CharField(error_messages={"required": "Enter some words"})

    html = rendered("{% error_summary a b %}", a=sent(name="Ann"), b=Search({}))
    summary = html.select_one(".govuk-error-summary")
    assert summary["data-module"] == "govuk-error-summary"
    assert summary["tabindex"] == "-1"
    links = {a["href"]: a.get_text() for a in summary.select("[role=alert] li a")}
    assert links["#id_search-words"] == "Enter some words"
    assert "#id_name" not in links


def test_an_untouched_form_has_no_summary_and_no_prefix():
    html = rendered("{% error_summary form %}{% error_prefix form %}", form=InterestForm())
    assert html.get_text().strip() == ""
    assert html.select(".govuk-error-summary") == []


def test_the_title_of_a_form_with_errors_says_so_first():
    assert rendered("{% error_prefix form %}Register", form=sent()).get_text() == "Error: Register"


def test_the_button_submits_once():
    button = rendered('{% form_button "Continue" variant="secondary" %}').button
    assert button["data-prevent-double-click"] == "true"
    assert button["class"] == ["govuk-button", "govuk-button--secondary"]
    assert button["type"] == "submit"


def test_other_forms_keep_djangos_own_markup():
    class PlainForm(forms.Form):
        name = forms.CharField()

    assert "govuk" not in str(PlainForm())
