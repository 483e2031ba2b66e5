"""Error answers in X's two shapes: v2 problems and the older list of codes."""

from typing import Any

TYPES = "https://api.twitter.com/2/problems/"


class Problem(Exception):  # noqa: N818 - what RFC 9457 calls it
    """An answer other than success: HTTP status and JSON body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("title") or body)
        self.status = status
        self.body = body


def problem(status: int, title: str, detail: str, kind: str | None = None, **more: Any) -> Problem:
    """Make a v2 problem; `kind` is the last part of its type address."""
    body = {"title": title, "detail": detail, "type": TYPES + kind if kind else "about:blank"}
    return Problem(status, body | {"status": status} | more)


def legacy(status: int, code: int, message: str) -> Problem:
    """Make an error of the older endpoints: `{"errors": [{"code", "message"}]}`."""
    return Problem(status, {"errors": [{"code": code, "message": message}]})


def unauthorized() -> Problem:
    """Make the answer to missing or bad credentials."""
    return problem(401, "Unauthorized", "Unauthorized")


def wrong_kind_of_token(given: str, accepted: str) -> Problem:
    """Make the answer to a good token of a kind that the endpoint does not take."""
    return problem(
        403,
        "Unsupported Authentication",
        f"Authenticating with {given} is forbidden for this endpoint.  "
        f"Supported authentication types are [{accepted}].",
        "unsupported-authentication",
    )


def invalid_request(parameter: str, value: Any, message: str) -> Problem:
    """Make the answer to a parameter that X cannot accept."""
    return Problem(
        400,
        {
            "errors": [{"parameters": {parameter: [str(value)[:200]]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": TYPES + "invalid-request",
        },
    )


def too_many_requests() -> Problem:
    """Make the answer to a request past the window's limit."""
    return problem(429, "Too Many Requests", "Too Many Requests")


def connection_refused(status: int, issue: str, detail: str) -> Problem:
    """Make the answer to a stream that cannot be opened; `issue` is X's connection_issue."""
    body = {
        "title": "ConnectionException",
        "detail": detail,
        "connection_issue": issue,
        "type": TYPES + "streaming-connection",
    }
    return Problem(status, body)


def disconnect(kind: str, detail: str) -> dict[str, Any]:
    """Make the message that X sends inside a stream before it closes it."""
    return {
        "errors": [
            {
                "title": "operational-disconnect",
                "disconnect_type": kind,
                "detail": detail,
                "type": TYPES + "operational-disconnect",
            }
        ]
    }
