"""Errors of the capture API: `{field: [messages]}` for bad fields, else `{detail: message}`."""

from collections.abc import Callable

import msgspec
from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from web.errors import ApiError, to_api_error

Messages = dict[str, list[str]]


class InvalidRequest(Exception):  # noqa: N818
    """A request with invalid fields: their messages, by field."""

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
    blueprint.register_error_handler(Exception, lambda error: _refused(to_api_error(error)))


def gather(*checks: Callable[[], object]) -> None:
    """Run all checks and raise their errors together."""
    messages: Messages = {}
    for check in checks:
        try:
            check()
        except ApiError as error:
            messages.setdefault(error.body.field or "detail", []).append(str(error))
        except InvalidRequest as invalid:
            messages.update(invalid.messages)
    if messages:
        raise InvalidRequest(messages)


def json(status: int, body: object) -> Response:
    """Return a JSON response."""
    return Response(msgspec.json.encode(body), status, mimetype="application/json")


def _refused(error: ApiError) -> Response:
    if error.body.field is not None:
        return json(400, {error.body.field: [str(error)]})
    answer = json(error.status, {"detail": str(error)})
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Token realm="weir"'
    return answer
