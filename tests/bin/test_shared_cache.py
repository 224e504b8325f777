"""The processes of `make run` share what they look up, such as page addresses."""

import re

import pytest
import requests

from tests.live_site import LiveSite, free_port

ADD_LANGUAGE = """
from home.models import HomePage
from wagtail.models import Locale
locale, _ = Locale.objects.get_or_create(language_code="ur")
home = HomePage.objects.get(locale__language_code="en-gb")
copy = home.copy_for_translation(locale)
copy.summary = "Summary"
copy.save_revision().publish()
result = copy.url
"""


@pytest.fixture
def site(tmp_path):
    site = LiveSite(tmp_path, database_url="", email_url="memorymail://")
    yield site
    site.close()


def test_no_process_loses_its_links_after_a_language_is_added(site):
    port = free_port()
    site.start_web(port, workers=2)
    address = f"http://127.0.0.1:{port}"

    def pages(path: str) -> list[str]:
        # Each request on a new connection, so that both processes answer.
        answers = [requests.get(f"{address}{path}", timeout=30) for _ in range(30)]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.text for answer in answers]

    pages("/")
    assert site.query(ADD_LANGUAGE) == "/ur/"
    for text in [*pages("/"), *pages("/ur/")]:
        assert 'href="None"' not in text
        assert re.search(r'href="(http://[^/"]+)?/ur/"', text)
