"""The plugin's look in a third-party site: all of it scoped to one class."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT = ROOT / "build" / "static" / "prevent"
SELECTORS = re.compile(r"([^{}]+)\{")


def selectors(text):
    """Return the selectors of all rules in a compressed style sheet."""
    found = []
    for match in SELECTORS.finditer(text):
        prelude = match[1].rpartition(";")[2].strip("\ufeff \n")
        if not prelude.startswith("@") and not re.fullmatch(r"from|to|[\d.%, ]+", prelude):
            found += re.split(r",(?![^(]*\))", prelude)
    return found


@pytest.mark.parametrize("name", ["plugin.css", "plugin.rtl.css"])
def test_no_rule_reaches_beyond_the_wrapper(name):
    text = (BUILT / name).read_text()
    found = selectors(text)
    assert len(found) > 1000
    assert [selector for selector in found if not re.search(r"\.prevent(?![\w-])", selector)] == []
    assert "@page" not in text
    assert "prefers-color-scheme" not in text


def test_control_the_sites_own_styles_would_reach_beyond_it():
    """The check above finds what it looks for."""
    found = selectors((BUILT / "prevent.css").read_text())
    assert {":root", "body", "a"} & set(found)
    assert not [selector for selector in found if ".prevent" in selector]


def test_every_public_template_is_inside_the_wrapper():
    templates = [
        path.relative_to(ROOT / "templates").as_posix()
        for folder in ("prevent_content", "prevent_events", "prevent_registrations")
        for path in (ROOT / "templates" / folder).rglob("*.html")
        if '{% extends "base.html" %}' in path.read_text()
    ]
    assert templates == ["prevent_content/base.html"]


def test_a_host_gets_our_styles_and_script_once_and_this_site_its_own(event, client, settings):
    own = client.get(event.url).content.decode()
    assert "prevent/prevent.css" in own
    assert "prevent/plugin.css" not in own
    settings.PREVENT = {**settings.PREVENT, "OWN_ASSETS": True, "PAGE_CACHE_SECONDS": 0}
    host = client.get(f"{event.url}?date={event.occurrences.first().date}").content.decode()
    head = host.partition("</head>")[0]
    assert head.count("prevent/plugin.css") == 1
    assert '<div class="prevent">' in host
    assert host.index('<div class="prevent">') < host.index("<h1")


def test_a_right_to_left_page_gets_the_mirrored_styles(event, client, settings):
    from django.template import Context, Template
    from django.utils import translation

    settings.PREVENT = {**settings.PREVENT, "OWN_ASSETS": True}
    with translation.override("ur"):
        shown = Template("{% load prevent_content_tags %}{% prevent_styles %}").render(Context())
    assert "prevent/plugin.rtl.css" in shown
