"""Errors as this API tells them: `{field: [messages]}` for what can be mended, else `{detail}`."""

from collections.abc import Callable

import msgspec
from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from web.errors import ApiError

Messages = dict[str, list[str]]


class InvalidRequest(Exception):  # noqa: N818
    """A body that cannot be used, by field."""

    def __init__(self, messages: Messages) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def register(blueprint: Blueprint) -> None:
    """Answer every error below the blueprint as JSON."""
    blueprint.register_error_handler(InvalidRequest, lambda error: json(400, error.messages))
    blueprint.register_error_handler(ApiError, _refused)
    blueprint.register_error_handler(
        HTTPException, lambda error: json(error.code or 500, {"detail": error.name})
    )


def gather(*checks: Callable[[], object]) -> None:
    """Run checks, and raise what they refuse together."""
    messages: Messages = {}
    for check in checks:
        try:
            check()
        except ApiError as refusal:
            messages.setdefault(refusal.body.field or "detail", []).append(str(refusal))
        except InvalidRequest as invalid:
            messages.update(invalid.messages)
    if messages:
        raise InvalidRequest(messages)


def json(status: int, body: object) -> Response:
    """Make an answer."""
    return Response(msgspec.json.encode(body), status, mimetype="application/json")


def _refused(refusal: ApiError) -> Response:
    if refusal.body.field is not None:
        return json(400, {refusal.body.field: [str(refusal)]})
    answer = json(refusal.status, {"detail": str(refusal)})
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Token realm="weir"'
    return answer
