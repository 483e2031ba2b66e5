"""How keywords become what X is asked for, and from which address."""

import socket
import threading

import pytest
import requests

from streams.keywords import filter_of
from streams.x_rules import rules_for
from workers.agent.x_access import XAccess, job_streams


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("rain", ["rain"]),
        ("rain,golden gate,#sun", ["(rain OR (golden gate) OR #sun)"]),
        ("geo: -3.7 40.4 -3.6 40.5", ["bounding_box:[-3.724 40.382 -3.576 40.518]"]),
        ("or,rain", ['("or" OR rain)']),
    ],
)
def test_rules(text: str, rules: list[str]) -> None:
    plans = [rules_for(ask.filter) for ask in job_streams(filter_of(text), "j")]
    assert [rule.value for plan in plans for rule in plan.rules] == rules


def test_ids_are_those_of_the_job_and_its_parts() -> None:
    text = ",".join(f"w{number}" for number in range(201)) + ",geo: 1 2 1.1 2.1,geo: 3 4 3.1 4.1"
    found = job_streams(filter_of(text), "here\x007")
    assert [len(ask.filter.keywords) for ask in found] == [100, 100, 1, 1, 1]
    assert len({ask.id for ask in found}) == 5
    assert {ask.id for ask in job_streams(filter_of("w1"), "here\x007")} < {ask.id for ask in found}
    assert not {ask.id for ask in job_streams(filter_of("w1"), "here\x008")} & {
        ask.id for ask in found
    }
    assert len(job_streams(filter_of(""), "here\x007")) == 1


def test_calls_to_x_come_from_the_address_of_choice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen: list[str] = []

        def serve() -> None:
            connection, address = listener.accept()
            seen.append(address[0])
            with connection:
                connection.recv(65536)
                body = b'{"access_token": "b"}'
                head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                connection.sendall(head + body)

        thread = threading.Thread(target=serve)
        thread.start()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert XAccess(base, "k", "s", "127.0.0.9").bearer() == "b"
        thread.join()
    assert seen == ["127.0.0.9"]
    with pytest.raises(requests.RequestException):
        XAccess(base, "k", "s", "127.0.0.9").bearer()
