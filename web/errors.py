"""Errors as a client sees them: never a stack trace, always what to mend."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from streams.filter import FilterError
from streams.live import LiveStoreError
from streams.places import PlacesUnavailable, UnknownPlace
from streams.store.streams import CollectionTakenError
from web.task_queue import TaskQueueDown

log = logging.getLogger(__name__)


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """A code for programs, a sentence for people, the field to mend, names that come near."""

    code: str
    message: str
    field: str | None = None
    near: tuple[str, ...] = ()


class ErrorAnswer(msgspec.Struct):
    """What every failed call of the API answers."""

    error: ErrorBody


class ApiError(Exception):
    """A request that is refused, with its HTTP status."""

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


@contextmanager
def translate_errors(prefix: str = "", place: str = "place") -> Iterator[None]:
    """Turn what the domain raises into refusals; `prefix` leads to the filter in the request."""
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
        message = "noted, and it takes effect once Redis answers again: Redis is down"
        raise ApiError(503, "redis_down", message) from None


def register(app: Flask) -> None:
    """Answer every error: as JSON below /api, else as plain text (the old client wants no JSON)."""
    handlers: dict[type[Exception], Callable[[Exception], ApiError]] = {
        ApiError: lambda error: error if isinstance(error, ApiError) else _unknown(error),
        HTTPException: _http,
        LiveStoreError: _redis_down,
        Exception: _unknown,
    }
    for kind, refusal in handlers.items():
        app.register_error_handler(kind, lambda error, made=refusal: answer(made(error)))


def answer(refusal: ApiError) -> Response:
    """Write a refusal down."""
    if request.path.startswith("/api/"):
        body = msgspec.json.encode(ErrorAnswer(refusal.body))
        made = Response(body, refusal.status, mimetype="application/json")
    else:
        near = f" (near: {', '.join(refusal.body.near)})" if refusal.body.near else ""
        made = Response(f"{refusal}{near}\n", refusal.status, mimetype="text/plain")
    if refusal.status == 401:
        made.headers["WWW-Authenticate"] = 'Bearer realm="weir"'
    return made


_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_MESSAGES = {
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "the body is too large",
}


def _http(error: Exception) -> ApiError:
    status = getattr(error, "code", None) or 500
    message = _MESSAGES.get(status, "the request cannot be understood")
    return ApiError(status, _CODES.get(status, "bad_request"), message)


def _redis_down(error: Exception) -> ApiError:
    log.warning("Redis does not answer: %s", error)
    return ApiError(503, "redis_down", "Redis does not answer: try again")


def _unknown(error: Exception) -> ApiError:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return ApiError(500, "internal", "something went wrong here, and it has been logged")
