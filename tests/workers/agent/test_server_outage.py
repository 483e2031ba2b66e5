"""An outage of the server: one line when it begins, one when it is over."""

import logging
from contextlib import closing

import pytest

from tests.workers.agent.capture_server import TOKEN
from tests.workers.agent.capture_server import CaptureServer as Served
from workers.agent.server import CaptureServer, ServerError, ServerOutage

AWAY = ServerError("GET jobs/7/: ConnectionError")
BUSY = ServerError("POST deletions/: HTTP 502 bad gateway", 502)
REFUSED = ServerError("GET jobs/7/: HTTP 401 no", 401)


@pytest.fixture
def outage(caplog: pytest.LogCaptureFixture) -> ServerOutage:
    caplog.set_level(logging.INFO, "workers.agent.server")
    return ServerOutage()


def test_it_is_logged_once_whatever_fails_in_it(
    outage: ServerOutage, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        outage.failed("GET jobs", AWAY)
        outage.failed("GET deletions", BUSY)
    outage.worked("GET deletions")
    outage.failed("GET jobs", AWAY)
    assert len(caplog.messages) == 1
    outage.worked("GET jobs")
    outage.worked("GET jobs")
    assert caplog.messages[1:] == ["The server responds again"]
    outage.failed("GET jobs", BUSY)
    assert len(caplog.messages) == 3


def test_a_refusal_of_the_client_is_logged_besides(
    outage: ServerOutage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.failed("GET jobs", AWAY)
    outage.failed("GET jobs", REFUSED)
    outage.failed("PUT jobs", REFUSED)
    assert ["ConnectionError" in line for line in caplog.messages] == [True, False]


def test_a_call_that_is_not_made_again_does_not_hold_the_outage_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "workers.agent.server")
    outage = ServerOutage(seconds=0.0)
    outage.failed("PUT jobs", AWAY)
    outage.worked("GET jobs")
    assert caplog.messages[-1] == "The server responds again"


def test_a_call_that_was_dropped_does_not_hold_the_outage_open(
    outage: ServerOutage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.failed("PUT jobs", REFUSED)
    outage.failed("GET jobs", REFUSED)
    outage.dropped("PUT jobs")
    assert len(caplog.messages) == 1
    outage.worked("GET jobs")
    assert caplog.messages[-1] == "The server responds again"


def test_a_definite_no_ends_the_outage(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "workers.agent.server")
    with closing(Served()) as served:
        served.refusals = {"GET": 500}
        server = CaptureServer(served.url, TOKEN)
        with pytest.raises(ServerError):
            server.deletions(0)
        served.refusals = {}
        assert server.deletions(0) is None  # it answers 404, as servers without deletions do
    assert caplog.messages[-1] == "The server responds again"
