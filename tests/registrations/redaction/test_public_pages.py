"""What public pages give a visitor's browser: no cookie, nothing from elsewhere."""

import re
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from django.test import Client

LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "srcset",
    "link": "href",
    "object": "data",
    "embed": "src",
    "video": "src",
    "audio": "src",
    "form": "action",
}
# Links that load nothing by themselves.
POINTERS = {"canonical", "alternate", "license", "author", "next", "prev"}


def public_pages():
    """Return every page linked from the front page, as (path, answer)."""
    waiting, seen, pages = ["/"], {"/"}, []
    while waiting:
        path = waiting.pop()
        answer = Client().get(path)
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        pages.append((path, answer))
        for link in BeautifulSoup(answer.content, "html.parser").select("a[href]"):
            there = urlsplit(urljoin(path, link["href"]))
            address = there.path + (f"?{there.query}" if there.query else "")
            is_here = not there.scheme and not there.netloc
            # Months and dates go on for ever; one of each is enough.
            kind = re.sub(r"\d+", "0", address)
            if is_here and kind not in seen and not there.path.startswith(("/cms/", "/media/")):
                seen.add(kind)
                waiting.append(address)
    return pages


def test_no_page_and_no_form_sets_a_cookie(demo):
    pages = public_pages()
    paths = {path for path, _ in pages}
    assert {"/", "/prevent/", "/prevent/roundtables/", "/privacy/", "/cookies/"} <= paths
    for path, answer in pages:
        assert not answer.cookies, path
    forms = {path for path, answer in pages if b"submission_key" in answer.content}
    assert "/registration/complaint/" in forms
    assert any(path.endswith("/register/") or "/register/?" in path for path in forms)


def test_no_page_loads_anything_from_elsewhere(demo):
    for path, answer in public_pages():
        page = BeautifulSoup(answer.content, "html.parser")
        for name, attribute in LOADED.items():
            for element in page.find_all(name):
                if name == "link" and POINTERS & set(element.get("rel", [])):
                    continue
                address = urlsplit(element.get(attribute, ""))
                # The printed address's QR code is drawn in the page itself.
                if name == "img" and element["src"].startswith("data:image/svg+xml;"):
                    assert element.find_parent(class_="app-printed-address"), path
                    continue
                assert address.netloc in ("", "testserver", "localhost"), (path, str(element))
                assert address.scheme in ("", "http"), (path, str(element))
        for style in page.find_all("style"):
            assert "url(" not in style.text


def test_the_cookies_page_and_the_privacy_page_say_so(demo, client):
    cookies = client.get("/cookies/").content.decode()
    assert "sets no cookies" in cookies
    assert "csrftoken" in cookies
    privacy = client.get("/privacy/").content.decode()
    assert 'href="/registration/complaint/"' in privacy
    assert "7 days" in privacy


def test_every_footer_says_how_to_complain(demo, client):
    for path in ("/", "/prevent/", "/registration/link/"):
        page = BeautifulSoup(client.get(path).content, "html.parser")
        assert page.select_one('footer a[href="/registration/complaint/"]'), path
