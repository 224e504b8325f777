"""The contract: the agreed OpenAPI document, and a running site that follows it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from events.registrations.api.urls import api
from tests.live_site import LiveSite

HERE = Path(__file__).parent
CONTRACT = HERE / "contract.json"
ROOT = HERE.parents[1]
METHODS = {"get", "post"}


def document() -> dict:
    return json.loads(json.dumps(api.document))


def operations():
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_the_document_changes_only_on_purpose():
    """Set UPDATE_CONTRACT=1 to accept the new document, and record it in the changelog."""
    if os.environ.get("UPDATE_CONTRACT") == "1":
        CONTRACT.write_text(json.dumps(document(), indent=2, sort_keys=True) + "\n")
    assert document() == json.loads(CONTRACT.read_text())


def test_one_openapi_3_1_document_covers_every_address():
    assert document()["openapi"].startswith("3.1")
    assert {name for name, _ in operations()} == {
        "get /api/booking/",
        "patch /api/booking/",
        "delete /api/booking/",
        "post /api/booking/cancel/",
        "post /api/booking/confirm/",
        "put /api/booking/name/",
        "post /api/booking/email/",
        "post /api/booking/email/confirm/",
        "post /api/booking/move/",
        "post /api/booking-links/",
        "post /api/complaints/",
        "get /api/events/",
        "get /api/events/{page_id}/",
        "post /api/feedback/{page_id}/",
        "get /api/forms/booking-link/",
        "get /api/forms/complaint/",
        "get /api/forms/feedback/{page_id}/",
        "get /api/occurrences/",
        "get /api/occurrences/{uuid}/",
        "get /api/registration-forms/{page_id}/",
        "post /api/registrations/",
        "get /api/search/",
        "get /api/site/",
        "get /api/v2/documents/",
        "get /api/v2/documents/{id}/",
        "get /api/v2/images/",
        "get /api/v2/images/{id}/",
        "get /api/v2/pages/",
        "get /api/v2/pages/find/",
        "get /api/v2/pages/preview/",
        "get /api/v2/pages/{id}/",
        "get /calendar/events.atom",
        "get /calendar/events.ics",
        "get /calendar/events/{page_id}.ics",
        "get /calendar/occurrences/{uuid}.ics",
    }


@pytest.mark.parametrize(
    ("name", "operation"), list(operations()), ids=lambda value: str(value)[:40]
)
def test_every_answer_and_every_error_has_an_example(name, operation):
    assert operation["summary"]
    assert operation["description"]
    for status, response in operation["responses"].items():
        if status in ("302", "304") or "/calendar/" in name:
            continue
        for kind, content in response["content"].items():
            assert content["example"], (name, status)
            is_error = int(status) >= 400
            assert kind == ("application/problem+json" if is_error else "application/json")
            assert content["schema"]
    if name.startswith(("post", "patch")):
        assert "example" in operation["requestBody"]["content"]["application/json"]
        assert {"415"} <= set(operation["responses"])
    if name == "post /api/registrations/":
        assert {"400", "403", "409", "410", "413", "422", "429"} <= set(operation["responses"])


def test_the_examples_match_the_schemas():
    import jsonschema_rs

    said = document()
    for _, operation in operations():
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                schema = {**content["schema"], "components": said["components"]}
                validator = jsonschema_rs.validator_for(schema)
                errors = [str(error) for error in validator.iter_errors(content["example"])]
                assert errors == [], (operation["operationId"], status)


@pytest.mark.skipif(
    os.environ.get("CONTRACT_TEST") != "1", reason="takes minutes: run it by `make contract-test`"
)
def test_a_running_site_follows_the_document(tmp_path):
    """All checks of schemathesis, in all its phases, including following links."""
    site = LiveSite(tmp_path, database_url=os.environ.get("DATABASE_URL", ""), email_url="")
    try:
        site.start_web()
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("schemathesis")), "--config-file"),
                *(str(ROOT / "schemathesis.toml"), "run"),
                f"http://127.0.0.1:{site.ports[0]}/api/openapi.json",
                *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"),
                *("--max-examples", os.environ.get("CONTRACT_EXAMPLES", "30")),
                *("--continue-on-failure", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        site.close()
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2000:]
