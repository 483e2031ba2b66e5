"""What is captured goes to an object store, is seen there, and comes back: the whole system."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest

from tests.end_to_end.test_captures import captured, stopped
from tests.end_to_end.test_replay import finished, replay_of
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from tests.workers.captures.s3_server import S3, s3_server

SECONDS = 60.0
SILENT = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")
SECRET = "hunter2hunter2"


@pytest.fixture
def s3() -> Iterator[S3]:
    with s3_server() as running:
        yield running


def test_a_capture_goes_to_the_store_and_comes_back_by_download_and_by_replay(
    s3: S3,
    start_weir: Callable[..., Weir],  # the store outlives those who ship to it
) -> None:
    options = {"key": "made-up", "secret": SECRET, "client_kwargs": {"endpoint_url": s3.endpoint}}
    weir = start_weir(
        simulator=SILENT,
        CAPTURE_SHIP_TO=f"s3://{s3.bucket}/lab",
        CAPTURE_SHIP_OPTIONS=msgspec.json.encode(options).decode(),
        CAPTURE_KEEP_MINUTES="0",
        CAPTURE_COMPRESSION="zstd",
    )
    with closing(Person(weir.url, "ada")) as ada:
        ada.sign_in()
        stream_id = captured(ada, "comets", "comet")
        ids = Upstream(weir.simulator_url).post(*(f"comet {number}" for number in range(20)))
        stopped(ada, stream_id)
        path = f"/streams/{stream_id}/segments"

        def only() -> dict[str, Any]:
            (found,) = ada.call("GET", path)["items"]
            return dict(found)

        def machine() -> dict[str, Any]:
            (found,) = ada.call("GET", "/machines")["items"]
            return dict(found)

        # The bucket is not there yet: that is told, and the file waits.
        wait_until(lambda: machine()["ship_faults"], SECONDS, "the fault to be told")
        wait_until(lambda: machine()["ship_waiting"] == 1, SECONDS, "the file to be counted")
        assert s3.bucket in machine()["ship_faults"][0]
        wait_until(lambda: only()["file"].endswith(".zst"), SECONDS, "the packing to be known")
        assert (only()["state"], only()["here"]) == ("shipping", True)
        assert ada.ask("GET", f"{path}/{only()['id']}/data").ok
        s3.store().mkdir(s3.bucket)
        wait_until(lambda: only()["state"] == "shipped", SECONDS, "the file to arrive")
        here = capture_folder(weir.data_dir, "comets") / only()["file"]
        wait_until(lambda: not here.exists(), SECONDS, "the file to leave")
        shown = only()
        assert shown["shipped_to"] == f"s3://{s3.bucket}/lab/{here.parent.name}/{shown['file']}"
        assert (shown["file"][-4:], shown["here"]) == (".zst", True)
        answer = ada.ask("GET", f"{path}/{shown['id']}/data")
        assert answer.content == s3.store().cat(shown["shipped_to"])
        replay_id, viewer = replay_of(ada, collection="comets")
        finished(ada, replay_id)
        wait_until(lambda: viewer.ids() == ids, SECONDS, "the posts again")
        wait_until(lambda: not machine()["ship_waiting"], SECONDS, "nothing to wait")
        assert machine()["ship_faults"] == []
        assert machine()["ships_to"] == f"s3://{s3.bucket}/lab"
        told = f"{ada.call('GET', '/machines')} {ada.call('GET', path + '/' + str(shown['id']))}"
    outputs = [weir.processes.output(name) for name in ("web", "collector", "tagger", "beat")]
    assert SECRET not in told + " ".join(outputs)
