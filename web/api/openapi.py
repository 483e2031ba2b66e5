"""The OpenAPI document, generated from the routes."""

import re
from functools import cache
from typing import Any

import msgspec

from web.api.route import BASE, ApiCall, ApiRoute
from web.errors import ErrorAnswer

_REF = "#/components/schemas/{name}"
_PLACEHOLDER = re.compile(r"<(\w+)>")
_MEANINGS = {
    401: "Not signed in, or the token is not valid",
    403: "Sent from another site's page",
    404: "Does not exist, or belongs to another account",
    409: "Not possible in the present state",
    413: "Too large",
    422: "A field is not valid",
    429: "Too many requests",
    500: "The server failed",
    502: "X or the object store failed",
    503: "The database, Redis or another part does not answer; the message says what happens next",
}
_KEYS = {"file_id": "file", "number": "number"}
"""Fields of an answer that name what was made, by path variable; for all others `id`."""
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "weir_session",
        "description": "The session of a browser; writes need the header Origin",
    },
}


def route(routes: tuple[ApiRoute, ...]) -> ApiRoute:
    """Return the route that serves the document, which describes `routes` and itself."""
    everything: list[ApiRoute] = list(routes)

    @cache
    def made() -> dict[str, Any]:
        return document(tuple(everything))

    def show(_call: ApiCall) -> dict[str, Any]:
        return made()

    own = ApiRoute("GET", "/openapi.json", "This document", show, dict[str, Any], open=True)
    everything.append(own)
    return own


def document(routes: tuple[ApiRoute, ...]) -> dict[str, Any]:
    """Describe routes in OpenAPI 3.1."""
    types = [ErrorAnswer, *(each.answer for each in routes if each.answer is not None)]
    types += [each.body for each in routes if each.body]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in routes:
        path = BASE + _PLACEHOLDER.sub(r"{\1}", each.path)
        operation = _operation(each, by_type)
        if links := _links(each, routes):
            operation["responses"][str(each.status)]["links"] = links
        paths.setdefault(path, {})[each.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Weir",
            "version": "1",
            "description": "Live streams of posts. Times are ms since the epoch, UTC.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


def _operation(each: ApiRoute, schemas: dict[str, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": each.does}
    if each.answer is not None:
        success["content"] = _content(schemas[repr(each.answer)])
    failure = _content(schemas[repr(ErrorAnswer)])
    operation: dict[str, Any] = {
        "operationId": _name(each),
        "summary": each.does,
        "parameters": _parameters(each),
        "responses": {str(each.status): success}
        | {
            str(status): {"description": _MEANINGS[status], "content": failure}
            for status in each.statuses
        },
    }
    if each.body:
        operation["requestBody"] = {"required": True, "content": _content(schemas[repr(each.body)])}
    if each.upload:
        whole = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": whole}
    if each.open:
        operation["security"] = []
    return operation


def _name(each: ApiRoute) -> str:
    return each.handle.__module__.rpartition(".")[2] + "_" + each.handle.__name__


def _links(made_by: ApiRoute, routes: tuple[ApiRoute, ...]) -> dict[str, Any]:
    """Return the calls that take what a call has made, each with where to find its key."""
    below = re.compile(re.escape(made_by.path) + r"/<(\w+)>(?:/|$)")
    fields = getattr(made_by.answer, "__struct_fields__", ())
    links = {}
    for each in routes:
        found = below.match(each.path) if made_by.method == "POST" else None
        key = _KEYS.get(found[1], "id") if found else ""
        if found and key in fields:
            outer = {name: f"$request.path.{name}" for name in _PLACEHOLDER.findall(made_by.path)}
            parameters = {**outer, found[1]: f"$response.body#/{key}"}
            links[_name(each)] = {"operationId": _name(each), "parameters": parameters}
    return links


def _parameters(each: ApiRoute) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PLACEHOLDER.findall(each.path)
    ]
    if each.query:
        _, components = msgspec.json.schema_components([each.query], ref_template=_REF)
        schema = components[each.query.__name__]
        for name, shape in schema["properties"].items():
            required = name in schema.get("required", ())
            found.append({"name": name, "in": "query", "required": required, "schema": shape})
    return found


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
