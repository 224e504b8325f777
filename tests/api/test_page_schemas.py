"""Pages match the document: each type, each block, images and documents."""

import json

import jsonschema_rs
import pytest
from wagtail.blocks import StructBlock

from events.blocks import AgendaStreamBlock
from events.registrations.api.urls import api
from prevent_content.blocks import EditorialStreamBlock


def validator_for(name):
    document = json.loads(json.dumps(api.document))
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": document["components"],
    }
    return jsonschema_rs.validator_for(schema)


@pytest.mark.parametrize("stream", [EditorialStreamBlock(), AgendaStreamBlock()])
def test_each_block_declares_its_shape_in_the_api(stream):
    """A block with its own representation names the properties that differ."""
    components = api.document["components"]["schemas"]
    for name, block in stream.child_blocks.items():
        title = "".join(part.capitalize() for part in name.split("_")) + "Block"
        value = components[title]["properties"]["value"]
        assert value, name
        if not isinstance(block, StructBlock):
            continue
        own = type(block).get_api_representation is not StructBlock.get_api_representation
        assert not own or hasattr(block, "api_properties"), name
        assert all(value["properties"].values()), name


def test_every_demo_page_matches_its_type_in_the_document(client, demo, home):
    rows = client.get("/api/v2/pages/?limit=100").json()
    assert rows["meta"]["total_count"] > 8
    assert list(validator_for("PageList").iter_errors(rows)) == []
    types = {}
    for row in rows["items"]:
        page = client.get(row["meta"]["detail_url"]).json()
        name = page["meta"]["type"].partition(".")[2]
        validator = types.setdefault(name, validator_for(name))
        assert [str(error) for error in validator.iter_errors(page)] == [], page["title"]
    assert {"PreventPage", "EventPage", "RegistrationPage", "HomePage", "EventIndexPage"} <= set(
        types
    )
    site = client.get("/api/site/").json()
    assert [str(error) for error in validator_for("SiteObject").iter_errors(site)] == []
    for event in client.get("/api/events/").json()["items"]:
        found = client.get(event["detail_url"]).json()
        assert [str(error) for error in validator_for("EventObject").iter_errors(found)] == []
