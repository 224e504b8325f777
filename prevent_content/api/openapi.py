"""Examples and problems of operations in the OpenAPI document."""

from .http import CONTENT_TYPE, DETAILS, URN, phrase

PROBLEM = {"$ref": "#/components/schemas/Problem"}

# A malformed query parameter.
PARAMETER = {
    "kind": "parameter",
    "detail": "A parameter in the address is not valid.",
    "errors": [
        {
            "field": "from",
            "pointer": "#/from",
            "code": "invalid",
            "detail": "Enter a date like 2026-11-26",
        }
    ],
}
RATE_LIMIT_HEADERS = {
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}},
    "RateLimit": {
        "description": "How many are left, and in how many seconds there are more",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "How many there may be, in how many seconds",
        "schema": {"type": "string"},
    },
}


def problem_example(status: int, **given: object) -> dict:
    """Return a problem of ``status`` as an example; ``kind``, ``detail``, ``errors`` if given."""
    kind = given.get("kind", "")
    example = {
        "type": f"{URN}{kind}" if kind else "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": given.get("detail") or DETAILS[status],
    }
    return example | ({"errors": given["errors"]} if "errors" in given else {})


def problem_response(status: int, **given: object) -> dict:
    """Return the OpenAPI response for a problem of ``status``, with an example."""
    example = problem_example(status, **given)
    content = {CONTENT_TYPE: {"schema": PROBLEM, "example": example}}
    response = {"description": phrase(status), "content": content}
    return response | ({"headers": RATE_LIMIT_HEADERS} if status == 429 else {})


def documented(
    example: dict | None,
    *errors: int,
    status: int = 200,
    problems: dict[int, dict] | None = None,
) -> dict:
    """Return additions for an operation: an example of its answer, and its problems.

    Any address may answer 404, 405 and 406, so these are always included. ``problems`` describes
    those that need their own wording.
    """
    given = dict(problems or {})
    if 400 in errors:
        given.setdefault(400, PARAMETER)
    responses: dict[int, dict] = {}
    if example is not None:
        responses[status] = {"content": {"application/json": {"example": example}}}
    if status == 200:
        responses[304] = {"description": "Your copy is up to date"}
    for error in sorted({404, 405, 406, *errors, *given}):
        responses[error] = problem_response(error, **given.get(error, {}))
    return {"responses": responses}


def documented_body(model: type, example: dict) -> dict:
    """Return additions for an operation that reads its own body, shaped like ``model``."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def documented_header(name: str, description: str) -> dict:
    """Return additions for an operation that reads the header ``name`` itself."""
    schema = {"type": "string", "maxLength": 300}
    parameter = {"in": "header", "name": name, "required": True, "schema": schema}
    return {"parameters": [parameter | {"description": description}]}
