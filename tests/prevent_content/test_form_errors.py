"""Errors of a form name the field, and the item of a list of blocks."""

from django import forms
from wagtail import blocks

from prevent_content.checklist.form_errors import form_errors


class TalkBlock(blocks.StructBlock):
    title = blocks.CharBlock()
    names = blocks.ListBlock(blocks.CharBlock(max_length=3), label="Speakers")


class LinesBlock(blocks.StreamBlock):
    talk = TalkBlock()
    note = blocks.CharBlock()


class TalksForm(forms.Form):
    name = forms.CharField(label="Name")
    lines = blocks.BlockField(LinesBlock(required=False), label="Running order")


def test_every_error_names_its_place():
    typed = {
        "lines-count": "2",
        "lines-0-type": "note",
        "lines-0-order": "0",
        "lines-0-deleted": "",
        "lines-0-id": "",
        "lines-0-value": "So",
        "lines-1-type": "talk",
        "lines-1-order": "1",
        "lines-1-deleted": "",
        "lines-1-id": "",
        "lines-1-value-title": "",
        "lines-1-value-names-count": "1",
        "lines-1-value-names-0-order": "0",
        "lines-1-value-names-0-deleted": "",
        "lines-1-value-names-0-value": "Alexandra",
    }
    said = list(form_errors(TalksForm(typed), without=frozenset()))
    assert said == [
        ("name", "Name: This field is required."),
        ("lines", "Running order, item 2, Title: This field is required."),
        (
            "lines",
            "Running order, item 2, Speakers, item 1: "
            "Ensure this value has at most 3 characters (it has 9).",
        ),
    ]
    empty = TalksForm({"lines-count": "0"})
    assert [name for name, _said in form_errors(empty, without={"name"})] == []
