"""The editors' guide: every chapter in the CMS, every picture there, no broken links."""

import re

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from home import guide

CHAPTERS = sorted(file.stem for file in guide.FOLDER.glob("*.md"))

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_is_shown_with_its_title_links_and_pictures(client, editor, name):
    client.force_login(editor)
    shown = client.get(reverse("guide:chapter", args=[name]))
    page = BeautifulSoup(shown.content, "html.parser").main
    body = page.find(class_="guide")
    source = (guide.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert page.h1.get_text(strip=True) == source.splitlines()[0].removeprefix("# ")
    for link in body.select("a[href^='/']"):
        assert client.get(link["href"]).status_code == 200
    for image in body.find_all("img"):
        assert image["alt"]
        assert client.get(image["src"])["Content-Type"] == "image/png"


def test_the_first_page_lists_every_chapter():
    listed = re.findall(r"\]\(([a-z-]+)\.md\)", (guide.FOLDER / "README.md").read_text("utf-8"))
    assert sorted([*listed, "README"]) == CHAPTERS


def test_every_picture_is_in_a_chapter():
    text = "".join((guide.FOLDER / f"{name}.md").read_text("utf-8") for name in CHAPTERS)
    shown = set(re.findall(r"images/editors/([a-z-]+)\.png", text))
    assert shown == {file.stem for file in guide.PICTURES.glob("*.png")}


def test_html_in_a_chapter_is_shown_as_text():
    assert "<script" not in guide.MARKDOWN.render("<script>alert(1)</script>")


def test_an_unknown_chapter_is_not_found_and_the_guide_is_in_the_help_menu(client, editor):
    client.force_login(editor)
    assert client.get(reverse("guide:chapter", args=["nothing"])).status_code == 404
    assert client.get(reverse("guide:picture", args=["nothing"])).status_code == 404
    assert "Guide for editors" in client.get(reverse("wagtailadmin_home")).content.decode()
