"""What a failed search means for the filter that was tried."""

from typing import Any

import msgspec
import pytest
import requests
import tweepy

from workers.sources.x.search import search_error

BAD_QUERY = {"parameters": {"query": ["tea near:me"]}, "message": "Reference to invalid operator"}
BAD_NAME = {"parameters": {"post.fields": ["x"]}, "message": "not one of"}


def refused(status: int, errors: Any) -> Exception:
    answer = requests.Response()
    answer.status_code = status
    answer._content = msgspec.json.encode({"errors": errors})
    kinds: dict[int, type[tweepy.HTTPException]] = {
        400: tweepy.BadRequest,
        403: tweepy.Forbidden,
        503: tweepy.TwitterServerError,
    }
    error: Exception = kinds[status](answer)
    return error


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (refused(400, [BAD_QUERY]), "filter_refused", "Reference to invalid operator"),
        (refused(400, [BAD_NAME]), "upstream_error", "did not answer"),
        (refused(400, [{"message": "?"}]), "upstream_error", "did not answer"),
        (refused(403, [BAD_QUERY]), "upstream_error", "did not answer"),
        (refused(503, []), "upstream_error", "did not answer"),
        (requests.ConnectTimeout("late"), "upstream_error", "late"),
    ],
)
def test_only_a_refused_query_is_the_filters_fault(error: Exception, code: str, text: str) -> None:
    found = search_error(error)
    assert found.code == code
    assert text in str(found)
