"""No input causes a fault, and nothing invalid is stored.

Each test sends a table and collects what went wrong, so that one run shows everything.
"""

import itertools
import json
from urllib.parse import quote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import validate_email
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from events.registrations.models import OutboundEmail, Registration
from events.registrations.questions import one_line, several_lines
from prevent_content.cleaning import clean_marks

# Text that can be typed or sent, and whether it can be a name.
TEXTS = {
    "nothing": ("", False),
    "spaces": ("   ", False),
    "line break": ("\n", False),
    "emoji": ("Zoë 👩🏽‍🚀", True),
    "right to left": ("محمد العربي", True),
    "right to left and back": ("Ada \u202eevil", True),
    "isolated direction": ("Ada \u2066evil\u2069", True),
    "no-break and thin spaces": ("Ada\u00a0\u2009Visitor", True),
    "zero width": ("Ada\u200dVisitor", True),
    "piled accents": ("Z" + "\u0301" * 80, True),
    "full-width": ("Ａｄａ", True),
    "header": ("Ada\r\nBcc: all@council.example", False),
    "header by line feed": ("Ada\nBcc: all@council.example", False),
    "line separator": ("Ada\u2028Bcc: all@council.example", False),
    "next line": ("Ada\x85Bcc", False),
    "NUL": ("Ada\x00Visitor", False),
    "escape": ("Ada\x1b[31mVisitor", False),
    "markup": ("<script>alert(1)</script>", True),
    "template": ("{{ settings.SECRET_KEY }}{% debug %}", True),
    "format": ("%s%n{0.__class__}", True),
    "SQL": ("x'; DROP TABLE auth_user; --", True),
    "formula": ("=HYPERLINK(1)", True),
    "path": ("../../../../etc/passwd", True),
    "JSON": ('{"$ne": null}', True),
    "null": ("null", True),
    "not a number": ("NaN", True),
    "infinite": ("1e309", True),
    "negative": ("-1", True),
    "huge number": ("9" * 100, True),
    "number of thousands of digits": ("9" * 5000, False),
    "too long": ("a" * 121, False),
    "a megabyte": ("a" * 1_000_000, False),
}
TEXT_OF = {name: text for name, (text, _) in TEXTS.items()}
IN_ADDRESSES = {
    name: TEXT_OF[name]
    for name in (
        *("nothing", "emoji", "right to left and back", "piled accents", "header"),
        *("NUL", "markup", "path", "infinite", "negative", "huge number"),
    )
}
FIELDS = [
    *("occurrence", "name", "email", "guests", "question_your_question"),
    *("question_access_needs", "consent", "discreet", "submission_key"),
    *("contact_me_by_fax", "step", "answers"),
]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def page(settings, registration_page):
    """A form with guests, on a site without limits per address."""
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 100_000}
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_NETWORK": 100_000}
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_EMAIL": 100_000}
    registration_page.max_guests = 2
    registration_page.check_answers = False
    registration_page.save_revision().publish()
    return registration_page


@pytest.fixture
def client():
    """A client that shows a fault as the visitor sees it."""
    return Client(raise_request_exception=False)


@pytest.fixture
def sent(answers, page):
    """Return a function to the answers of someone with a new address."""
    numbers = itertools.count()

    def build(**changed):
        return answers(email=f"case{next(numbers)}@visitor.example", **changed)

    return build


def faults(response) -> list:
    """Return the status if it is a fault, or one no visitor understands."""
    return [] if 200 <= response.status_code < 500 else [response.status_code]


def assert_what_is_kept_makes_sense(page) -> None:
    """Check that a person could have entered everything in the database."""
    for kept in Registration.objects.select_related("occurrence"):
        one_line(kept.name)
        assert 0 < len(kept.name.strip()) <= 120
        validate_email(kept.email)
        assert kept.occurrence.event_id == page.event.pk
        assert 0 <= kept.guests <= 2
        assert kept.consent_text == (page.consent_text if kept.sensitive_answers else "")
        for answer in [*kept.answers, *kept.sensitive_answers]:
            several_lines(answer["value"])
            assert len(answer["value"]) <= 2000
    assert OutboundEmail.objects.count() == 2 * Registration.objects.count()


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "name"])
def test_no_text_in_a_field_causes_a_fault(client, page, sent, field):
    wrong = {}
    for name, text in TEXT_OF.items():
        before = Registration.objects.count()
        response = client.post(page.url, sent() | {field: text})
        added = Registration.objects.count() - before
        if faults(response) or added != (response.status_code == 302):
            wrong[name] = response.status_code, added
    assert wrong == {}
    assert_what_is_kept_makes_sense(page)


def test_only_a_one_line_name_is_stored(client, page, sent):
    kept = {}
    for name, text in TEXT_OF.items():
        response = client.post(page.url, sent(name=text))
        assert response.status_code in (302, 422), name
        kept[name] = response.status_code == 302
    assert kept == {name: is_name for name, (_, is_name) in TEXTS.items()}
    names = set(Registration.objects.values_list("name", flat=True))
    assert names == {clean_marks(text) for text, is_name in TEXTS.values() if is_name}
    assert_what_is_kept_makes_sense(page)


@pytest.mark.parametrize("field", FIELDS)
def test_a_repeated_missing_or_list_field_causes_no_fault(client, page, sent, field):
    given = sent()
    value = given.pop(field, "")
    shapes = {
        "never": given,
        "twice": given | {field: [value, value]},
        "twice with another": given | {field: [value, "x"]},
        "a hundred times": given | {field: [value] * 100},
        "PHP's list": given | {f"{field}[]": value},
        "PHP's map": given | {f"{field}[$ne]": value},
        "by index": given | {f"{field}-0": value, f"{field}.0": value},
        "in capitals": given | {field.upper(): value},
    }
    wrong = {}
    for name, shape in shapes.items():
        if code := faults(client.post(page.url, shape)):
            wrong[name] = code
    assert wrong == {}
    assert_what_is_kept_makes_sense(page)


def multipart(parts: dict) -> bytes:
    return encode_multipart(BOUNDARY, parts)


def bodies(given: dict) -> dict[str, tuple[bytes, str]]:
    """Return (body, content type) of ways to send ``given`` that our forms never use."""
    form = urlencode(given).encode()
    file = SimpleUploadedFile("../../evil\x00.php", b"\xff\x00" * 100, "image/png")
    return {
        "nothing": (b"", FORM),
        "JSON": (json.dumps(given).encode(), "application/json"),
        "deep JSON": (b"[" * 100_000, "application/json"),
        "XML": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y "y">]><x>&y;</x>', "text/xml"),
        "plain text": (form, "text/plain"),
        "no content type": (form, ""),
        "odd content type": (form, "x" * 5000),
        "form in another encoding": (form, f"{FORM}; charset=utf-16"),
        "form in no encoding there is": (form, f"{FORM}; charset=klingon"),
        "form as a codec of bytes": (form, f"{FORM}; charset=base64"),
        "bytes that are no text": (form + b"&name=%ff%fe%00&email=%c3%28", FORM),
        "raw bytes": (bytes(range(256)) * 20, FORM),
        "half of an escape": (form + b"&name=%&email=%4&guests=%zz", FORM),
        "half of a pair": (form + b"&name=%ed%a0%80", FORM),
        "separators alone": (b"&=&=&;&&==" * 100, FORM),
        "keys without values": (b"name&email&occurrence&consent", FORM),
        "1,001 more fields": (form + b"".join(b"&x%d=y" % n for n in range(1001)), FORM),
        "10,001 more fields": (form + b"&x=y" * 10_001, FORM),
        "too long to read": (form + b"&x=" + b"y" * 3_000_000, FORM),
        "a file": (multipart(given | {"name": file}), MULTIPART_CONTENT),
        "a file for each field": (multipart(dict.fromkeys(given, file)), MULTIPART_CONTENT),
        "101 files": (multipart({f"f{n}": file for n in range(101)}), MULTIPART_CONTENT),
        "multipart": (multipart(given), MULTIPART_CONTENT),
        "multipart of another border": (multipart(given), "multipart/form-data; boundary=other"),
        "multipart without border": (multipart(given), "multipart/form-data"),
        "multipart with an odd border": (multipart(given), "multipart/form-data; boundary=\xff"),
        "half of a multipart": (multipart(given)[:-300], MULTIPART_CONTENT),
        "multipart with an odd encoding": (
            multipart(given).replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
            MULTIPART_CONTENT,
        ),
        "multipart with odd names": (
            multipart(given).replace(b'name="name"', b"name*=UTF-8''n%00%ff"),
            MULTIPART_CONTENT,
        ),
    }


def test_no_body_causes_a_fault(client, page, sent):
    wrong = {}
    for name in bodies(sent()):
        body, content_type = bodies(sent())[name]
        response = client.generic("POST", page.url, body, content_type=content_type)
        if code := faults(response):
            wrong[name] = code
    assert wrong == {}
    assert_what_is_kept_makes_sense(page)


def test_a_multipart_form_works_like_any_other(client, page, sent):
    body, content_type = bodies(sent())["multipart"]
    assert client.generic("POST", page.url, body, content_type=content_type).status_code == 302


@pytest.mark.parametrize("name", ["too long to read", "10,001 more fields", "101 files"])
def test_an_oversized_form_is_refused_in_words(client, page, sent, name):
    body, content_type = bodies(sent())[name]
    response = client.generic("POST", page.url, body, content_type=content_type)
    assert response.status_code == 400
    assert "We have not saved anything" in response.content.decode()
    assert not Registration.objects.exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_no_other_method_causes_a_fault_or_stores_anything(client, page, sent, method):
    body = urlencode(sent())
    response = client.generic(method, page.url, body, content_type=FORM)
    assert faults(response) == []
    assert not Registration.objects.exists()


@pytest.mark.parametrize("query", ["date={}", "date=2026-11-26&date={}", "{}", "{}=1", "next={}"])
def test_no_form_query_causes_a_fault(client, page, sent, query):
    wrong = {}
    for name, text in IN_ADDRESSES.items():
        address = f"{page.url}?{query.format(quote(text))}"
        for response in (client.get(address), client.post(address, sent())):
            if code := faults(response):
                wrong[name] = code
    assert wrong == {}
    assert_what_is_kept_makes_sense(page)


PARAMETERS = ["date", "month", "when", "view", "page", "p", "q", "done", "next", "kind"]
RAW_QUERIES = ["?", "?&&&", "?%", "?%ff=%fe", "?date=%00", "?" + "a=1&" * 2000, "?date=%ed%a0%80"]


@pytest.fixture
def addresses(page, series):
    """Every public address, by what answers it."""
    row = series.occurrences.first()
    return [
        "/",
        "/prevent/",
        series.get_parent().url,
        series.url,
        page.url,
        "/calendar/events.ics",
        "/calendar/events.atom",
        f"/calendar/events/{series.pk}.ics",
        f"/calendar/occurrences/{row.uuid}.ics",
        f"/calendar/occurrences/{row.uuid}/",
        "/registration/link/",
        "/registration/complaint/",
        "/registration/nonsense/",
        "/healthz",
        "/no/such/page/",
    ]


def test_no_query_causes_a_fault_anywhere(client, addresses):
    texts = IN_ADDRESSES.values()
    queries = ["?" + urlencode(dict.fromkeys(PARAMETERS, text)) for text in texts] + RAW_QUERIES
    wrong = [
        (address, query[:60], code)
        for address in addresses
        for query in queries
        for code in faults(client.get(address + query))
    ]
    assert wrong == []


@pytest.mark.parametrize("parameter", ["date", "month", "when", "view", "page"])
def test_no_single_parameter_causes_a_fault(client, series, parameter):
    numbers = ["0", "-1", "1.5", "٣", "9999-12", "0000-01", "2026-13", "2026-11-31", "10000-01-01"]
    texts = [*numbers, *IN_ADDRESSES.values()]
    wrong = [
        (address, text, code)
        for address in (series.get_parent().url, series.url)
        for text in texts
        for code in faults(client.get(address, {parameter: text}))
    ]
    assert wrong == []


ODD_PATHS = [
    "/%00/",
    "/prevent/%00/",
    "/prevent/%ff%fe/",
    "/prevent/%ed%a0%80/",
    "/prevent/roundtables/..%2f..%2f..%2fetc/passwd",
    "/prevent/roundtables/%2e%2e/%2e%2e/",
    "//prevent//roundtables//",
    "/prevent/" + "a/" * 2000,
    "/" + "a" * 10_000 + "/",
    "/prevent/\u202e/",
    "/calendar/events/0.ics",
    "/calendar/events/99999999999999999999999999.ics",
    "/calendar/events/" + "9" * 5000 + ".ics",
    "/calendar/occurrences/00000000-0000-0000-0000-000000000000.ics",
    "/calendar/occurrences/not-an-identifier.ics",
    "/documents/0/x.pdf",
    "/documents/99999999999999999999999999/x.pdf",
    "/documents/1/%00.pdf",
    "/media/%2e%2e/%2e%2e/etc/passwd",
    "/media/%00",
    "/static/%00",
    "/static/%2e%2e/manage.py",
    "/registration/%00/",
    "/registration/%00/change/",
    "/registration/received/%00/",
    "/registration/received/" + "a" * 5000 + "/",
    "/registration/" + "a:b:c" * 500 + "/withdraw/",
    "/registration/é:é:é/",
    "/registration/.eJw:1:1/",
    "/registration/complaint/received/%00/",
]


@pytest.mark.parametrize("path", ODD_PATHS, ids=[path[:40] for path in ODD_PATHS])
def test_no_path_causes_a_fault(client, home, path):
    for response in (client.get(path), client.post(path, {"a": "b"})):
        assert faults(response) == []
        assert response.status_code != 200 or path == "//prevent//roundtables//"


HEADERS = {
    "HTTP_ACCEPT_LANGUAGE": "\x00" * 50 + ",;q=,*;q=x" * 500,
    "HTTP_ACCEPT": "*/*;q=\xff",
    "HTTP_COOKIE": "csrftoken=\x00; sessionid=../../x; =;;;a",
    "HTTP_X_FORWARDED_FOR": "1.2.3.4, ::ffff:1.2.3.4, nonsense, " + "9." * 1000,
    "HTTP_IF_MODIFIED_SINCE": "Thu, 99 Foo 99999 99:99:99 GMT",
    "HTTP_IF_NONE_MATCH": 'W/"' + "x" * 5000,
    "HTTP_RANGE": "bytes=-99999999999999999999",
    "HTTP_REFERER": "javascript:alert(1)\x00",
    "HTTP_USER_AGENT": "\x00\xff" * 1000,
    "HTTP_HOST": "evil.example/?@council.example",
}


@pytest.mark.parametrize(("header", "value"), HEADERS.items(), ids=HEADERS)
def test_no_header_causes_a_fault(client, addresses, sent, page, header, value):
    wrong = {
        address: code
        for address in addresses
        for code in faults(client.get(address, **{header: value}))
    }
    assert wrong == {}
    assert faults(client.post(page.url, sent(), **{header: value})) == []
    assert_what_is_kept_makes_sense(page)
