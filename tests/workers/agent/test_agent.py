"""The agent and a server that is not ours: what it says, and that no trouble stops a capture."""

import socket
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from tests.rig.processes import Processes
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.workers.agent.capture_server import CaptureServer
from tests.workers.agent.conftest import Machine
from workers.captures.segments.timestamps import ms_of
from workers.sources.x.connect_log import ConnectLog

SECONDS = 15.0
Start = Callable[[], Machine]


def capturing(server: CaptureServer) -> None:
    server.job["status"] = 2
    wait_until(lambda: server.job["status"] == 3, SECONDS, "the word that it started")


def counted(server: CaptureServer, posts: int) -> None:
    wait_until(lambda: server.job["total_count"] == posts, SECONDS, f"{posts} posts told")


def refuses_more_than(server: CaptureServer, calls: int) -> bool:
    return server.refused > calls


def test_it_speaks_as_the_old_client_does(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    server.job["total_count"] = 40
    machine = start()
    capturing(server)
    ids = upstream.post("rain 1", "rain 2")
    counted(server, 42)
    quiet = len(server.totals())
    wait_until(lambda: len(server.totals()) > quiet + 2, SECONDS, "pings while it is quiet")
    server.job["status"] = 4
    wait_until(lambda: server.job["status"] == 5, SECONDS, "the answer to the stop")
    assert machine.ids() == ids
    assert server.statuses() == ["3", "5"]
    put = next(form for method, _, form in server.said if method == "PUT")
    assert put["name"] == "storm"
    assert "task_id" not in put
    assert "recent_update" not in put
    ping = next(form for method, _, form in server.said if method == "PATCH")
    assert set(ping) == {"total_count", "rate"}
    server.job["status"] = 2
    wait_until(lambda: server.statuses()[2:] == ["3"], SECONDS, "another start")
    assert machine.stop() == 0
    assert server.statuses() == ["3", "5", "3"]


def test_a_capture_outlives_whatever_its_server_answers(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    machine = start()
    capturing(server)
    for posts, status in enumerate((401, 403, 404, 500, 204, 0), 1):
        refused = server.refused
        server.refusals = dict.fromkeys(("GET", "PUT", "PATCH"), status)
        wait_until(partial(refuses_more_than, server, refused + 2), SECONDS, "refused calls")
        upstream.post("rain 3")
        server.refusals = {}
        counted(server, posts)
    assert machine.is_running()
    assert server.statuses() == ["3"]


def test_a_trouble_is_told_when_it_begins_and_when_it_ends(
    server: CaptureServer, start: Start
) -> None:
    machine = start()
    capturing(server)
    before = server.refused
    server.refusals = dict.fromkeys(("GET", "PUT", "PATCH", "POST"), 401)
    wait_until(lambda: server.refused > before + 12, SECONDS, "refused calls")
    server.refusals = {}
    machine.says("The server responds again")
    told = machine.output().splitlines()
    assert sum("HTTP 401" in line for line in told) == 1
    assert sum("The server responds again" in line for line in told) == 1


def test_an_outage_ends_though_a_status_that_was_refused_is_wanted_no_more(
    server: CaptureServer, start: Start
) -> None:
    server.refusals = {"PUT": 401}
    server.job["status"] = 2
    machine = start()
    wait_until(lambda: server.refused > 0, SECONDS, "a refused status")
    server.job["status"] = 3  # it took the word, and its answer was lost
    machine.says("The server responds again")
    assert server.refusals  # no other status was taken


def test_what_a_crash_kept_from_the_server_is_counted_from_the_files(
    server: CaptureServer, upstream: Upstream, start: Start, processes: Processes
) -> None:
    machine = start()
    capturing(server)
    upstream.post("rain 20")
    counted(server, 1)
    server.refusals = {"PATCH": 500}
    ids = upstream.post("rain 21", "rain 22")
    on_disk = partial(machine.ids, "storm/*.json.tmp")
    wait_until(lambda: set(ids) <= set(on_disk()), SECONDS, "the posts on the disk")
    processes.kill("agent")
    server.refusals = {}
    before = time.time() * 1000
    machine.start()
    counted(server, 3)
    wait_until(lambda: machine.heard_at() > before, SECONDS, "it to listen again")
    upstream.post("rain 23")
    counted(server, 4)
    (connects,) = machine.data.glob("*.connects")
    assert len(ConnectLog(connects).ages()) == 2  # X counts those of the killed one, too
    assert machine.stop() == 0


def test_it_does_not_connect_while_other_machines_of_its_app_have_taken_the_limit(
    server: CaptureServer, start: Start
) -> None:
    server.elsewhere = [3.0] * 45
    server.job["status"] = 2
    machine = start()
    machine.says("45 connects in 15 minutes are allowed. Waiting")
    assert server.job["status"] == 2
    assert not list(machine.data.glob("*.connects"))
    assert machine.stop() == 0


def test_a_folder_s_name_that_a_file_has_is_told_and_the_file_stays(
    server: CaptureServer, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "storm").write_text("somebody's")
    server.job["status"] = 2
    machine = start()
    machine.says("a file has its name")
    assert (tmp_path / "data" / "storm").read_text() == "somebody's"
    (tmp_path / "data" / "storm").unlink()
    wait_until(lambda: server.job["status"] == 3, SECONDS, "the word that it started")


def test_a_manifest_that_does_not_match_is_left_and_the_capture_goes_on_beside_it(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    machine = start()
    capturing(server)
    upstream.post("rain 15")
    counted(server, 1)
    assert machine.stop() == 0
    [sealed] = machine.data.glob("storm/*.json")
    [manifest] = machine.data.glob("storm/*.manifest")
    sealed.write_bytes(sealed.read_bytes().replace(b"rain 15", b"rain 99"))
    manifest.write_bytes(b'{"format": 5')
    forged = (sealed.read_bytes(), manifest.read_bytes())
    before = time.time() * 1000
    machine.start()
    wait_until(lambda: machine.heard_at() > before, SECONDS, "it to listen again")
    later = upstream.post("rain 16")
    counted(server, 2)
    assert machine.stop() == 0
    assert (sealed.read_bytes(), manifest.read_bytes()) == forged
    assert len(list(machine.data.glob("storm/*.json"))) == 2
    assert machine.ids()[1:] == later


def test_two_agents_with_one_folder_and_one_name_each_keep_every_post(
    server: CaptureServer,
    upstream: Upstream,
    start: Start,
    processes: Processes,
    settings: dict[str, Any],
    tmp_path: Path,
) -> None:
    one = start()
    capturing(server)
    with closing(CaptureServer()) as another:
        settings["server"]["base_url"] = another.url
        settings["twitter_auth"]["api_key"] = "agent of another app"
        (tmp_path / "two").mkdir()
        two = Machine(processes, tmp_path / "two", settings, "agent two").start()
        another.job["status"] = 2
        wait_until(lambda: another.job["status"] == 3, SECONDS, "the second to start")
        ids = upstream.post(*(f"rain 17.{number}" for number in range(20)))
        counted(server, 20)
        counted(another, 20)
        assert (one.stop(), two.stop()) == (0, 0)
    assert sorted(one.ids()) == sorted(ids * 2)
    assert [manifest["count"] for manifest in one.manifests()] == [20, 20]


def test_the_word_that_it_stopped_is_repeated_until_it_is_heard(
    server: CaptureServer, start: Start
) -> None:
    start()
    capturing(server)
    server.refusals = {"PUT": 500}
    server.job["status"] = 4
    wait_until(lambda: server.refused > 1, SECONDS, "more than one try")
    server.refusals = {}
    wait_until(lambda: server.job["status"] == 5, SECONDS, "the answer to the stop")


def test_a_stop_that_was_taken_back_is_not_answered(server: CaptureServer, start: Start) -> None:
    start()
    capturing(server)
    server.refusals = {"PUT": 500}
    server.job["status"] = 4
    wait_until(lambda: server.refused > 0, SECONDS, "a try")
    server.job["status"] = 2
    server.refusals = {}
    wait_until(lambda: server.statuses() == ["3", "3"], SECONDS, "another start")
    counted(server, 0)


def test_a_job_that_was_left_stopping_is_answered(server: CaptureServer, start: Start) -> None:
    server.job["status"] = 4
    start()
    wait_until(lambda: server.job["status"] == 5, SECONDS, "the answer to the stop")


def test_a_server_that_is_not_there_yet(
    server: CaptureServer, settings: dict[str, Any], start: Start
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings["server"]["base_url"] = f"http://127.0.0.1:{port}"
    machine = start()
    machine.says("ConnectionError")
    assert machine.is_running()
    assert machine.stop() == 0


def test_a_job_that_cannot_be_run_says_why_and_runs_once_it_can(
    server: CaptureServer, start: Start
) -> None:
    whole = server.job | {"status": 2}
    troubles = {
        "collection name '../../etc'": {"name": "../../etc"},
        "collection name 'a/b'": {"name": "a/b"},
        "collection name ''": {"name": ""},
        "write a box as": {"twitter_keywords": "geo:1 2"},
        "unreadable job": {"id": "x"},
        "not part of your level of access": {"twitter_keywords": ""},
    }
    machine = start()
    for said, changes in troubles.items():
        server.job |= whole | changes
        machine.says(said)
    assert server.statuses() == []
    server.job |= whole
    wait_until(lambda: server.job["status"] == 3, SECONDS, "the word that it started")
    assert [path.name for path in machine.data.iterdir() if path.is_dir()] == ["storm"]
    assert not (machine.data.parent.parent / "etc").exists()


def test_a_server_that_hangs_does_not_keep_it_from_sealing(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    machine = start()
    capturing(server)
    ids = upstream.post("rain 9")
    counted(server, 1)
    server.answers.clear()
    wait_until(lambda: server.hanging, SECONDS, "a call that hangs")
    assert machine.stop() == 0
    assert machine.ids() == ids
    server.answers.set()


def test_one_of_two_jobs_is_run(server: CaptureServer, start: Start) -> None:
    server.listed = [server.job, {**server.job, "id": 8, "name": "other", "status": 2}]
    machine = start()
    capturing(server)
    machine.says("2 jobs for this client")


def test_a_rename_goes_on_in_another_folder_without_a_new_connection(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    upstream.clear_ledger()
    machine = start()
    capturing(server)
    before = upstream.post("rain 4")
    counted(server, 1)
    server.job["name"] = "hurricane"
    wait_until(lambda: (machine.data / "hurricane").is_dir(), SECONDS, "the new folder")
    after = upstream.post("rain 5")
    counted(server, 2)
    server.job["name"] = "../up"
    machine.says("stays hurricane")
    assert machine.stop() == 0
    assert (machine.ids(), machine.ids("hurricane/*.json")) == (before, after)
    assert len({entry["connection"] for entry in upstream.ledger()}) == 1


def test_keywords_that_cannot_be_used_leave_the_old_ones(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    machine = start()
    capturing(server)
    server.job["twitter_keywords"] = "geo:"
    machine.says("the old ones stay")
    server.job["twitter_keywords"] = ""
    machine.says("no keywords are left")
    upstream.post("rain 6")
    counted(server, 1)


def test_more_keywords_than_a_stream_may_have(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    server.job["twitter_keywords"] = ",".join(f"word{number}" for number in range(250))
    start()
    capturing(server)
    upstream.post("word0", "word99 and word100", "word249", "word250")
    counted(server, 3)


def test_a_lost_connection_to_x_is_a_gap_in_the_manifest(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    machine = start()
    capturing(server)
    ids = upstream.post("rain 7")
    counted(server, 1)
    upstream.fault("operational_disconnect", after=0.1)
    wait_until(lambda: machine.output().count("connected to X") == 2, SECONDS, "another connection")
    ids += upstream.post("rain 8")
    counted(server, 2)
    assert machine.stop() == 0
    assert machine.ids() == ids
    [manifest] = machine.manifests()
    assert len(manifest["gaps"]) == 1


def test_the_time_that_it_was_away_is_a_gap_however_it_ended(
    server: CaptureServer, upstream: Upstream, start: Start, processes: Processes
) -> None:
    machine = start()
    capturing(server)
    upstream.post("rain 10")
    counted(server, 1)
    assert machine.stop() == 0
    before = time.time() * 1000
    upstream.post("rain unheard")
    machine.start()
    wait_until(lambda: machine.heard_at() > before, SECONDS, "a note of it")
    processes.kill("agent")  # nothing was received: no file tells of the gap
    again = time.time() * 1000
    machine.start()
    wait_until(lambda: machine.heard_at() > again, SECONDS, "another note")
    upstream.post("rain 11")
    counted(server, 2)
    assert machine.stop() == 0
    first, second = machine.manifests()
    assert first["gaps"] == []
    assert [gap["reason"] for gap in second["gaps"]] == ["agent_restarted", "agent_restarted"]
    assert all(gap["from"] < gap["to"] for gap in second["gaps"])
    assert ms_of(second["gaps"][0]["from"]) < before < ms_of(second["gaps"][0]["to"])
    assert ms_of(second["gaps"][1]["from"]) < again < ms_of(second["gaps"][1]["to"])


def test_not_to_listen_to_a_job_that_was_stopped_is_no_gap(
    server: CaptureServer, upstream: Upstream, start: Start
) -> None:
    machine = start()
    capturing(server)
    upstream.post("rain 12")
    counted(server, 1)
    assert machine.stop() == 0
    server.job["status"] = 4
    machine.start()
    wait_until(lambda: server.job["status"] == 5, SECONDS, "the answer to the stop")
    capturing(server)
    upstream.post("rain 13")
    counted(server, 2)
    server.job["status"] = 4
    wait_until(lambda: server.statuses()[-1] == "5", SECONDS, "the answer to the second stop")
    capturing(server)
    upstream.post("rain 14")
    counted(server, 3)
    assert machine.stop() == 0
    assert [manifest["gaps"] for manifest in machine.manifests()] == [[], [], []]
