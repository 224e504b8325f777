"""The plugin's one setting: its keys are documented, and a mistyped one is refused."""

import re
from pathlib import Path

from prevent_content.conf import DEFAULTS, keys_are_known, setting

ROOT = Path(__file__).resolve().parent.parent.parent
ALONE = re.compile(rf"settings\.(PREVENT_)?({'|'.join(DEFAULTS)})\b")


def test_an_unset_key_has_its_default(settings):
    settings.PREVENT = {"FEEDBACK_DAYS": 30}
    assert setting("FEEDBACK_DAYS") == 30
    assert setting("API_MAX_AGE") == 60
    del settings.PREVENT
    assert setting("FEEDBACK_DAYS") == 365


def test_a_mistyped_key_is_refused_with_the_intended_one(settings):
    settings.PREVENT = {"TECHNICAL_EMAILS": "web@council.example"}
    (error,) = keys_are_known(None)
    assert "TECHNICAL_EMAILS" in error.msg
    assert error.hint == "Did you mean “TECHNICAL_EMAIL”?"


def test_every_key_is_in_the_guide():
    guide = (ROOT / "docs" / "plugin.md").read_text()
    assert [name for name in DEFAULTS if f"`{name}`" not in guide] == []


def test_no_key_is_read_or_set_as_a_separate_setting():
    paths = [
        path
        for folder in ("cms", "home", "events", "prevent_content", "tests")
        for path in (ROOT / folder).rglob("*.py")
    ]
    found = {
        path.relative_to(ROOT).as_posix(): match[0]
        for path in paths
        if (match := ALONE.search(path.read_text()))
    }
    assert found == {}
