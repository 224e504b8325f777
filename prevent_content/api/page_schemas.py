"""The shapes of pages, images and documents in the API, as JSON Schema for the OpenAPI document.

They are derived from the models, blocks and serializers. A block whose representation has
properties other than its fields declares them in ``api_properties``; one whose representation is
not an object, and a serializer, declare ``api_schema``.
"""

from functools import singledispatch
from typing import get_type_hints

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from wagtail import blocks
from wagtail.api import APIField
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, get_page_models
from wagtail.snippets.blocks import SnippetChooserBlock

Schema = dict

TEXT: Schema = {"type": "string"}
HTML: Schema = {"type": "string", "contentMediaType": "text/html"}
URL: Schema = {"type": "string", "format": "uri"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "integer"}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
FILE_PARTS = ("type", "detail_url", "tags", "download_url")


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    if "type" in schema and "enum" not in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def obj(properties: dict[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


# Shared by several pages and blocks.
SHARED: dict[str, Schema] = {
    "Rendition": obj({"url": URL, "width": NUMBER, "height": NUMBER}),
    "ImageObject": obj(
        {
            "id": NUMBER,
            "title": TEXT,
            "alt": TEXT | {"description": "Empty for a decoration"},
            "decorative": FLAG,
            "width": NUMBER,
            "height": NUMBER,
            "renditions": array(ref("Rendition"))
            | {"description": "The same image in several widths, the narrowest first"},
        }
    ),
    "DocumentObject": obj(
        {
            "id": NUMBER,
            "title": TEXT,
            "url": URL,
            "type": TEXT | {"description": "The ending of its name, like `pdf`"},
            "bytes": nullable(NUMBER),
        }
    ),
    "PageLink": obj({"id": NUMBER, "type": TEXT, "locale": TEXT, "title": TEXT, "url": URL}),
    "SearchObject": obj(
        {
            "title": TEXT,
            "description": TEXT,
            "canonical_url": TEXT,
            "open_graph": {"type": "object", "additionalProperties": TEXT},
        }
    ),
    "ConcernRoutes": obj(
        {
            "emergency": obj(
                {
                    "label": TEXT,
                    "phone": TEXT,
                    "text_relay": TEXT,
                    "text_message": TEXT,
                    "bsl_url": TEXT,
                }
            ),
            "police": obj({"label": TEXT, "phone": TEXT, "text_relay": TEXT}),
            "anti_terrorist_hotline": obj({"label": TEXT, "phone": TEXT}),
            "act_early": obj({"label": TEXT, "phone": TEXT, "url": TEXT}),
            "online": obj({"label": TEXT, "url": TEXT}),
            "local_team": obj(
                {"label": TEXT, "name": TEXT, "email": TEXT, "phone": TEXT, "hours": TEXT}
            ),
        }
    )
    | {"description": "Whom to tell about a concern, the most urgent first"},
    "ContentsEntry": obj(
        {"anchor": TEXT | {"description": "The id of the section heading"}, "text": TEXT}
    ),
    "PageParent": obj(
        {
            "id": NUMBER,
            "meta": obj({"type": TEXT, "detail_url": URL, "html_url": nullable(URL)}),
            "title": TEXT,
        }
    ),
    "ImageFile": obj(
        {
            "id": NUMBER,
            "meta": obj(
                {"type": TEXT, "detail_url": URL, "tags": array(TEXT), "download_url": URL}
            ),
            "title": TEXT,
            "width": NUMBER,
            "height": NUMBER,
            "alt": TEXT,
            "renditions": array(ref("Rendition")),
        },
        optional=("width", "height", "alt", "renditions"),
    ),
    "DocumentFile": obj(
        {
            "id": NUMBER,
            "meta": obj(
                {"type": TEXT, "detail_url": URL, "tags": array(TEXT), "download_url": URL}
            ),
            "title": TEXT,
        }
    ),
}


def page_schemas() -> dict[str, Schema]:
    """Return every component of the pages API: each page type, each block, and their lists."""
    components = dict(SHARED)
    names = {}
    for model in public_page_types():
        names[model._meta.label] = component_name(model, components)
        components[names[model._meta.label]] = page_schema(model, components)
    components["PageListEntry"] = obj({"id": NUMBER, "meta": page_meta(), "title": TEXT})
    components["Page"] = {"anyOf": [ref(name) for name in sorted(names.values())]}
    for item, name in (
        ("PageListEntry", "PageList"),
        ("ImageFile", "ImageList"),
        ("DocumentFile", "DocumentList"),
    ):
        components[name] = obj({"meta": obj({"total_count": NUMBER}), "items": array(ref(item))})
    return components


def public_page_types() -> list[type[Page]]:
    return sorted(
        (model for model in get_page_models() if model is not Page),
        key=lambda model: model._meta.label,
    )


def component_name(model: type[Page], components: dict[str, Schema]) -> str:
    """Return the model's name, prefixed with its app's if another model has the same."""
    name = model.__name__
    if name not in components:
        return name
    return "".join(part.title() for part in model._meta.app_label.split("_")) + name


def page_meta(label: str = "", *, whole: bool = False) -> Schema:
    """Return the shape of a page's ``meta``: in a list, or of the ``whole`` page."""
    in_lists = {
        "type": {"const": label} if label else TEXT,
        "detail_url": URL,
        "html_url": nullable(URL),
        "slug": TEXT,
        "first_published_at": nullable(MOMENT),
        "locale": TEXT,
    }
    if not whole:
        return obj(in_lists)
    return obj(
        in_lists
        | {
            "show_in_menus": FLAG,
            "seo_title": TEXT,
            "search_description": TEXT,
            "alias_of": nullable(ref("PageParent")),
            "parent": nullable(ref("PageParent")),
        },
        # The preview of an unsaved page has no address yet.
        optional=("detail_url",),
    )


def page_schema(model: type[Page], components: dict[str, Schema]) -> Schema:
    fields = {
        field.name: field_schema(model, field, components)
        for field in map(as_api_field, getattr(model, "api_fields", []))
    }
    schema = obj(
        {
            "id": nullable(NUMBER),
            "meta": page_meta(model._meta.label, whole=True),
            "title": TEXT,
            **fields,
        }
    )
    return schema | {"description": str(model._meta.verbose_name).capitalize()}


def as_api_field(field: APIField | str) -> APIField:
    return APIField(field) if isinstance(field, str) else field


def field_schema(model: type[Page], field: APIField, components: dict[str, Schema]) -> Schema:
    """Return the shape of a page's field; {}, meaning anything, if it is unknown."""
    if field.serializer is not None:
        return getattr(field.serializer, "api_schema", {})
    try:
        found = model._meta.get_field(field.name)
    except FieldDoesNotExist:
        return property_schema(getattr(model, field.name, None))
    if isinstance(found, StreamField):
        return block_schema(found.stream_block, components)
    schema = column_schema(found)
    return nullable(schema) if schema and found.null else schema


def property_schema(attribute: object) -> Schema:
    returns = get_type_hints(attribute.fget).get("return") if hasattr(attribute, "fget") else None
    return {str: TEXT, bool: FLAG, int: NUMBER}.get(returns, {})


def column_schema(field: models.Field) -> Schema:
    kinds = [
        (RichTextField, HTML),
        (models.URLField, TEXT),
        (models.CharField | models.TextField, TEXT),
        (models.BooleanField, FLAG),
        (models.IntegerField, NUMBER),
        (models.DateTimeField, MOMENT),
        (models.DateField, DAY),
        (models.FloatField, {"type": "number"}),
        (models.DecimalField | models.TimeField, TEXT),
    ]
    schema = next((schema for kind, schema in kinds if isinstance(field, kind)), {})
    if field.choices and schema is TEXT:
        values = [value for value, _label in field.flatchoices]
        return {"type": "string", "enum": [*([""] if field.blank else []), *values]}
    return schema


def block_schema(block: blocks.Block, components: dict[str, Schema]) -> Schema:
    """Return the shape of ``block``'s representation; its parts become ``components``."""
    known = getattr(block, "api_schema", None)
    return known if known is not None else made_schema(block, components)


@singledispatch
def made_schema(block: blocks.Block, components: dict[str, Schema]) -> Schema:
    """Return the shape of a block of a class known here; {} for any other."""
    return {}


@made_schema.register
def _(block: blocks.StreamBlock, components: dict[str, Schema]) -> Schema:
    entries = {name: entry_name(block, name, components) for name in block.child_blocks}
    mapping = {name: ref(entry)["$ref"] for name, entry in entries.items()}
    schema = array(
        {
            "oneOf": [ref(entry) for entry in entries.values()],
            "discriminator": {"propertyName": "type", "mapping": mapping},
        }
    )
    if type(block) is blocks.StreamBlock:
        return schema
    name = type(block).__name__.removesuffix("Block")
    components[name] = schema
    return ref(name)


def entry_name(stream: blocks.StreamBlock, name: str, components: dict[str, Schema]) -> str:
    """Add the entry ``name`` of a stream to ``components``; return the name it has there."""
    child = stream.child_blocks[name]
    schema = obj(
        {
            "type": {"type": "string", "const": name},
            "value": block_schema(child, components),
            "id": nullable(TEXT),
        }
    )
    extra = getattr(stream, "api_properties", {})
    schema = {
        **schema,
        "properties": schema["properties"] | extra,
        "required": [*schema["required"], *extra],
        "description": str(child.meta.description or child.label),
    }
    title = "".join(part.capitalize() for part in name.split("_"))
    component = f"{title}Block"
    if components.get(component, schema) != schema:
        component = f"{type(stream).__name__.removesuffix('StreamBlock')}{title}Block"
    components[component] = schema
    return component


@made_schema.register
def _(block: blocks.StructBlock, components: dict[str, Schema]) -> Schema:
    properties = {
        name: block_schema(child, components) for name, child in block.child_blocks.items()
    }
    return obj(properties | getattr(block, "api_properties", {}))


@made_schema.register
def _(block: blocks.ListBlock, components: dict[str, Schema]) -> Schema:
    return array(block_schema(block.child_block, components))


@made_schema.register
def _(block: blocks.RichTextBlock, components: dict[str, Schema]) -> Schema:
    return HTML


@made_schema.register(blocks.CharBlock)
@made_schema.register(blocks.TextBlock)
@made_schema.register(blocks.EmailBlock)
@made_schema.register(blocks.URLBlock)
@made_schema.register(blocks.RegexBlock)
def _(block: blocks.FieldBlock, components: dict[str, Schema]) -> Schema:
    return TEXT


@made_schema.register
def _(block: blocks.ChoiceBlock, components: dict[str, Schema]) -> Schema:
    values = [value for value, _label in block.field.choices if block.required is False or value]
    return {"type": "string", "enum": values}


@made_schema.register
def _(block: blocks.BooleanBlock, components: dict[str, Schema]) -> Schema:
    return FLAG


@made_schema.register(blocks.IntegerBlock)
def _(block: blocks.IntegerBlock, components: dict[str, Schema]) -> Schema:
    return NUMBER if block.required else nullable(NUMBER)


@made_schema.register(blocks.FloatBlock)
def _(block: blocks.FloatBlock, components: dict[str, Schema]) -> Schema:
    return nullable({"type": "number"})


@made_schema.register(blocks.TimeBlock)
def _(block: blocks.TimeBlock, components: dict[str, Schema]) -> Schema:
    return nullable(TEXT)


@made_schema.register(blocks.DateBlock)
def _(block: blocks.DateBlock, components: dict[str, Schema]) -> Schema:
    return nullable(DAY)


@made_schema.register(blocks.DateTimeBlock)
def _(block: blocks.DateTimeBlock, components: dict[str, Schema]) -> Schema:
    return nullable(MOMENT)


@made_schema.register(blocks.PageChooserBlock)
@made_schema.register(SnippetChooserBlock)
def _(block: blocks.ChooserBlock, components: dict[str, Schema]) -> Schema:
    return nullable(NUMBER)
