"""Errors as callers see them: a status, a code for programs, a sentence that says what to do."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from streams.filter import FilterError
from streams.live import LiveStoreError
from streams.places import PlacesUnavailable, UnknownPlace
from streams.store import DatabaseDown, DatabaseTooSlow
from streams.store.streams import CollectionTakenError
from web.task_queue import TaskQueueDown

log = logging.getLogger(__name__)


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """A code for programs, a sentence for people, the field to correct, similar names."""

    code: str
    message: str
    field: str | None = None
    near: tuple[str, ...] = ()


class ErrorAnswer(msgspec.Struct):
    """What every failed call of the API answers."""

    error: ErrorBody


class ApiError(Exception):
    """A request that the server refuses, with its HTTP status."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        near: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = ErrorBody(code, message, field, near)


REDIS_DOWN = ApiError(503, "redis_down", "Redis does not answer: try again in a few seconds")
DATABASE_DOWN = ApiError(
    503, "database_down", "the database does not answer or takes no writes: nothing was changed"
)
DATABASE_SLOW = ApiError(
    503,
    "database_down",
    "the database did not answer in time: look whether your change was made, then try again",
)
INTERNAL = ApiError(500, "internal", "the server failed: its log has the details")


@contextmanager
def translate_errors(prefix: str = "", place: str = "place") -> Iterator[None]:
    """Turn errors of the domain into ApiErrors; `prefix` leads to the filter in the request."""
    try:
        yield
    except FilterError as error:
        raise ApiError(422, error.code, str(error), prefix + error.field) from None
    except UnknownPlace as error:
        raise ApiError(422, "unknown_place", str(error), prefix + place, error.near) from None
    except PlacesUnavailable as error:
        raise ApiError(503, "places_unavailable", str(error), prefix + place) from None
    except CollectionTakenError as error:
        raise ApiError(409, "collection_taken", str(error), "plan.capture.collection") from None
    except TaskQueueDown:
        message = "saved; it takes effect as soon as Redis answers again"
        raise ApiError(503, "redis_down", message) from None


def register(app: Flask) -> None:
    """Answer every error: as JSON below /api, else as plain text for the existing dashboard."""
    handlers: dict[type[Exception], Callable[[Exception], ApiError]] = {
        ApiError: to_api_error,
        HTTPException: _http_error,
        LiveStoreError: to_api_error,
        Exception: to_api_error,
    }
    for kind, convert in handlers.items():
        app.register_error_handler(kind, lambda error, convert=convert: answer(convert(error)))


def to_api_error(error: Exception) -> ApiError:
    """Name the part at fault (Redis, the database), and log what nobody expected."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, LiveStoreError):
        log.warning("Redis does not answer: %s", error)
        return REDIS_DOWN
    if isinstance(error, DatabaseTooSlow):
        log.warning("the database does not answer: %s", error)
        return DATABASE_SLOW
    if isinstance(error, DatabaseDown):
        log.warning("the database does not answer: %s", error)
        return DATABASE_DOWN
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return INTERNAL


def answer(error: ApiError) -> Response:
    """Return the response to an error."""
    if request.path.startswith("/api/"):
        body = msgspec.json.encode(ErrorAnswer(error.body))
        response = Response(body, error.status, mimetype="application/json")
    else:
        near = f" (similar: {', '.join(error.body.near)})" if error.body.near else ""
        response = Response(f"{error}{near}\n", error.status, mimetype="text/plain")
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="weir"'
    return response


_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_MESSAGES = {
    404: "there is nothing at this address",
    405: "this address does not accept that method",
    413: "the body is too large",
}


def _http_error(error: Exception) -> ApiError:
    status = getattr(error, "code", None) or 500
    message = _MESSAGES.get(status, "the server cannot understand this request")
    return ApiError(status, _CODES.get(status, "bad_request"), message)
