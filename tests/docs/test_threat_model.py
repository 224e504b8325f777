"""Every control of the threat model is shown by a test that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MODEL = (ROOT / "docs" / "privacy" / "threat-model.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in MODEL.splitlines()
    if line.startswith("| ") and not line.startswith("| threat |")
]


def names_in(path):
    return {node.name for node in ast.parse(path.read_text()).body if hasattr(node, "name")}


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])
def test_the_control_is_shown_by_a_test_that_exists(row):
    threat, control, test = row
    assert threat
    assert control
    path, name = re.fullmatch(r"`([\w/.]+)::(test_\w+)`", test).groups()
    assert name in names_in(ROOT / path)


def test_there_are_threats():
    assert len(ROWS) > 30
