"""What people paste, and what is left after cleaning."""

import pytest

from prevent_content.cleaning import clean_line, clean_text, name_key


@pytest.mark.parametrize(
    "mark",
    ["\u200b", "\u00ad", "\ufeff", "\u2060", *map(chr, range(0x202A, 0x202F)), "\u2066", "\u2069"],
)
def test_invisible_marks_are_removed_everywhere(mark):
    assert clean_line(f"{mark}Sam{mark}ira Khan{mark}") == "Samira Khan"


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000", "\u2009", "\t", "  "])
def test_every_kind_of_space_becomes_one_plain_space(space):
    assert clean_line(f"Samira{space}Khan ") == "Samira Khan"


def test_lines_stay_in_multi_line_text():
    assert clean_text("One\r\nTwo\u2028Three\rFour\u00a0 \n") == "One\nTwo\nThree\nFour"
    assert clean_line("One\r\nTwo") == "One Two"


def test_joiners_that_urdu_needs_stay():
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"


def test_control_characters_are_removed_and_accents_composed():
    assert clean_line("Nu\u0301n\u0303ez\x07") == "Núñez"


@pytest.mark.parametrize("other", ["obrien nunez", "O'Brien-Nunez", "O’BRIEN\u00a0NÚÑEZ"])
def test_spellings_of_one_name_have_one_key(other):
    assert name_key("O’Brien-Núñez") == name_key(other)


def test_other_names_have_other_keys():
    assert name_key("Sam Lee") != name_key("Sam Leigh")
