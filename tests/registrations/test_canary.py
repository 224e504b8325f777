"""A person with unmistakable words in every field uses the whole site and is erased.

Real processes, real logs, a real database: afterwards all are searched for the words.
"""

import json
import os
import pickle
import re
import sqlite3
import subprocess
import time
import zlib

import pytest
import requests

from tests.live_site import LiveSite, free_port, scratch_database

WORD = "estrelcanary"
NAME, EMAIL = "Zoë Kestrelcanary", "kestrelcanary@visitor.example"
QUESTION, NEEDS = "Why, asks Kestrelcanary?", "Kestrelcanary needs a loop"
NOTE, REASON = "Kestrelcanary rang on Monday", "Claim of Kestrelcanary"
STAFF = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
user = get_user_model().objects.create_user("leah", "leah@council.example", "a-long-passphrase")
for name in ("Safeguarding leads", "Data protection"):
    user.groups.add(Group.objects.get(name=name))
result = user.pk
"""
PERSON = """
row = Registration.objects.get()
result = [row.pk, row.reference, row.link_token(), row.link_key]
"""
SESSIONS = """
from django.contrib.sessions.models import Session
result = [session.get_decoded() for session in Session.objects.all()]
"""
DUE = """
from datetime import timedelta
from django.utils import timezone
result = Registration.objects.update(erase_at=timezone.now() - timedelta(days=1))
"""


@pytest.fixture
def site(tmp_path):
    server = os.environ.get("DATABASE_URL", "")
    with scratch_database(server if server.startswith("postgres") else "") as database_url:
        live = LiveSite(
            tmp_path,
            database_url=database_url,
            # Nothing listens there, so every email stays unsent.
            email_url="smtp://127.0.0.1:9",
            CACHE_URL=f"filecache://{tmp_path}/cache",
        )
        live.database_url = database_url
        yield live
        live.close()


# The CMS uses Django's own token.
CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    """A browser that keeps cookies, and sends forms with the previous page's token."""

    def __init__(self, port):
        self.root = f"http://127.0.0.1:{port}"
        self.session = requests.Session()

    def get(self, path, **options):
        return self.session.get(self.root + path, timeout=60, **options)

    def post(self, path, given, *, form="", **options):
        """Send ``given`` to ``path``, from the page at ``form``, or at ``path`` itself."""
        token = CSRF_TOKEN.search(self.get(form or path).text)
        given = {"csrfmiddlewaretoken": token[1] if token else "", **given}
        return self.session.post(self.root + path, data=given, timeout=60, **options)


def serve(site):
    port = free_port()
    web = site.start(
        *("-m", "gunicorn", "tests.faulty_site:application", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "2", "--access-logfile", "-", "--no-control-socket"),
        *("--logger-class", "cms.log.MaskingLogger"),
    )
    site.wait_until_healthy(port, web)
    return port


def everything_kept(site):
    """Yield (where, what) of everything the site has written: files, rows, cache, sessions."""
    database_url = site.database_url
    if database_url:
        done = subprocess.run(
            ["pg_dump", "--inserts", database_url], capture_output=True, text=True, check=True
        )
        yield "pg_dump", done.stdout
    else:
        with sqlite3.connect(site.folder / "site.sqlite3") as connection:
            yield "dump", "\n".join(connection.iterdump())
    yield "sessions", json.dumps(site.query(SESSIONS), ensure_ascii=False)
    for file in site.folder.rglob("*"):
        if not file.is_file():
            continue
        content = file.read_bytes()
        if file.suffix == ".djcache":
            with file.open("rb") as kept:
                pickle.load(kept)  # noqa: S301 - the site's own cache; first comes its expiry
                content = zlib.decompress(kept.read())
        yield str(file.relative_to(site.folder)), content.decode("utf-8", errors="replace")


def found(site, *words):
    """Return where any of ``words`` occurs, ignoring case, with its context."""
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    return {
        where: what[max(0, first.start() - 80) : first.end() + 80]
        for where, what in everything_kept(site)
        if (first := pattern.search(what))
    }


def go_through_everything(site, port):
    """Act as a visitor and a lead; return the visitor's key, reference, token and link key."""
    visitor, lead = Browser(port), Browser(port)
    form = site.content["path"]
    given = {
        "occurrence": site.content["date"],
        "name": NAME,
        "email": EMAIL,
        "question_your_question": QUESTION,
        "question_access_needs": NEEDS,
    }
    key = re.search(r'name="submission_key" value="([^"]+)"', visitor.get(form).text)[1]
    whole = given | {"consent": "on", "submission_key": key}
    assert visitor.post(form, given).status_code == 422
    assert visitor.post(form, whole | {"step": "check"}).status_code == 200
    fault = {"X-Fault": "yes"}
    assert visitor.post(form, whole | {"step": "send"}, headers=fault).status_code == 500
    assert visitor.post(form, whole | {"step": "send"}).status_code == 200
    visitor.get(f"/search/?q={NAME}")
    visitor.get(f"/prevent/{EMAIL}/?email={EMAIL}")
    link = "/registration/link/"
    key = re.search(r'name="submission_key" value="([^"]+)"', visitor.get(link).text)[1]
    visitor.post(link, {"email": EMAIL, "submission_key": key})

    pk, reference, token, link_key = site.query(PERSON)
    own = f"/registration/{token}/"
    assert NEEDS in visitor.get(own).text
    assert visitor.get(own, headers=fault).status_code == 500
    assert visitor.get(f"{own}x").status_code == 404
    changed = {
        "question_your_question": QUESTION,
        "question_access_needs": NEEDS + "!",
        "consent": "on",
    }
    assert visitor.post(f"{own}change/", changed, headers=fault).status_code == 500
    assert visitor.post(f"{own}change/", changed).status_code == 200

    site.query(STAFF)
    signed_in = lead.post("/cms/login/", {"username": "leah", "password": "a-long-passphrase"})
    assert signed_in.status_code == 200
    desk = "/cms/prevent_registrations/registration"
    assert reference in lead.get(f"{desk}/?q=Kestrelcanary").text
    assert lead.get(f"{desk}/inspect/{pk}/", headers=fault).status_code == 500
    assert QUESTION in lead.get(f"{desk}/inspect/{pk}/").text
    page = f"{desk}/inspect/{pk}/"
    assert NEEDS in lead.post(f"{desk}/reveal/{pk}/", {}, form=page).text
    decision = {"seen": "confirmed", "status": "confirmed", "note": NOTE}
    assert NOTE in lead.post(f"{desk}/decide/{pk}/", decision, form=page).text

    many = {"registration": pk, "action": "confirmed", "confirmed": "on", "note": NOTE}
    assert "Finished" in lead.post(f"{desk}/bulk/", many, form=page).text
    asked = {"everything": "on", "filter": "", "purpose": "door", "details": NOTE}
    columns = {"columns": ["name", "sensitive_answers:*"]}
    file = lead.post(f"{desk}/export/", asked | columns | {"format": "csv"})
    assert NEEDS in file.content.decode()
    file = lead.post(f"{desk}/export/", asked | columns | {"format": "xlsx"})
    assert file.content.startswith(b"PK")
    evening = f"{desk}/dates/{site.content['date']}"
    sheet = lead.post(f"{evening}/sheet/", {"columns": "sensitive_answers:*"})
    assert sheet.status_code == 422, "access needs are never on a sheet that people sign"
    assert NAME in lead.get(f"{evening}/door/").text
    assert lead.get(f"{evening}/summary/").status_code == 200
    assert lead.get("/cms/").status_code == 200

    protect = "/cms/data-protection/"
    assert reference in lead.post(f"{protect}find/", {"q": EMAIL}, form=protect).text
    for kind in ("json", "html"):
        asked = lead.post(f"{protect}copy/{kind}/", {"email": EMAIL}, form=protect)
        seen = re.findall(r'name="looked_at" value="(\w+)"', asked.text)
        whole = {"email": EMAIL, "reviewed": "on", "looked_at": seen}
        copied = lead.post(f"{protect}copy/{kind}/", whole, form=protect)
        assert NEEDS in copied.text
    lead.post(f"{protect}erase/", {"email": EMAIL}, form=protect)
    hold = {"reason": REASON, "until": f"{time.localtime().tm_year + 1}-01-01"}
    assert REASON in lead.post(f"{protect}holds/place/{pk}/", hold).text
    lifting = re.search(r"holds/(\d+)/lift", lead.get(f"{protect}holds/").text)
    lead.post(f"{protect}holds/{lifting[1]}/lift/", {}, form=f"{protect}holds/")

    site.manage("send_outbox")
    return pk, reference, token, link_key


def test_nothing_about_a_person_is_left_anywhere_once_erased(site):
    port = serve(site)
    pk, reference, token, link_key = go_through_everything(site, port)
    dump = "pg_dump" if site.database_url else "dump"

    before = found(site, WORD)
    assert dump in before
    assert before.get("processes.log") is None
    assert found(site, NEEDS) == {}
    assert "gAAAA" in dict(everything_kept(site))[dump]
    assert dict(everything_kept(site))["processes.log"].count("Carelessness") >= 4

    assert site.query(DUE) == 1
    assert "1 registration," in site.manage("run_due_jobs")
    site.manage("send_outbox")

    # The certificate and the trail refer to it by number, as does a request for its page.
    assert Browser(port).get(f"/registration/{token}/").status_code == 404
    assert found(site, WORD, "Zoë", reference, token, link_key) == {}
    assert "gAAAA" not in dict(everything_kept(site))[dump]
    assert site.query("result = OutboundEmail.objects.count()") == 0
    assert site.query(f"result = Registration.objects.get(pk={pk}).status") == "withdrawn"
