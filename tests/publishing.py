"""Publishing in the page editor, for tests: warnings are accepted."""

from bs4 import BeautifulSoup


def box_of(response):
    """Return the checklist's box in the page editor, or None if there is nothing to accept."""
    page = BeautifulSoup(response.content, "html.parser")
    return page.find("input", {"type": "checkbox", "name": "accepted_warnings"})


def post_accepting(client, url: str, form: dict, **options):
    """Send the editor's form, and again with the warnings accepted if it asks."""
    response = client.post(url, form, **options)
    if response.status_code == 200 and (box := box_of(response)):
        return client.post(url, form | {"accepted_warnings": box["value"]}, **options)
    return response
