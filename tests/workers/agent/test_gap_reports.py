"""Gap reports: nothing is reported twice, and nothing is lost with the process."""

from pathlib import Path

from workers.agent.gap_reports import GapReports, UnsentGap


def test_a_gap_is_reported_when_it_begins_and_when_it_ends(tmp_path: Path) -> None:
    reports = GapReports(tmp_path / "job.gaps")
    assert reports.pending() == []
    reports.begin(10, "unreachable")
    reports.begin(20, "disconnected")  # the same outage goes on
    assert reports.pending() == [UnsentGap(10, None, "unreachable")]
    reports.confirm(reports.pending())
    assert reports.pending() == []
    reports.end(30)
    assert reports.pending() == [UnsentGap(10, 30, "unreachable")]
    reports.confirm(reports.pending())
    assert reports.pending() == []
    assert not (tmp_path / "job.gaps").exists()


def test_what_was_not_reported_outlives_the_process(tmp_path: Path) -> None:
    reports = GapReports(tmp_path / "job.gaps")
    reports.begin(10, "unreachable")
    reports.confirm(reports.pending())
    again = GapReports(tmp_path / "job.gaps")
    assert again.pending() == []
    again.begin(15, "agent_restarted")  # the open one covers it
    again.end(5)
    assert again.pending() == [UnsentGap(10, 10, "unreachable")]
    assert GapReports(tmp_path / "job.gaps").pending() == again.pending()


def test_a_change_while_a_report_is_on_its_way_is_reported_next(tmp_path: Path) -> None:
    reports = GapReports(tmp_path / "job.gaps")
    reports.begin(10, "unreachable")
    sent = reports.pending()
    reports.end(30)
    reports.confirm(sent)
    assert reports.pending() == [UnsentGap(10, 30, "unreachable")]


def test_a_gap_that_is_over_stands_beside_an_open_one(tmp_path: Path) -> None:
    reports = GapReports(tmp_path / "job.gaps")
    reports.begin(10, "unreachable")
    reports.add(12, 15, "disk_full")
    reports.end(20)
    reports.confirm([UnsentGap(12, 15, "disk_full")])
    assert reports.pending() == [UnsentGap(10, 20, "unreachable")]


def test_a_damaged_file_costs_its_reports_only(tmp_path: Path) -> None:
    (tmp_path / "job.gaps").write_bytes(b"[{")
    reports = GapReports(tmp_path / "job.gaps")
    reports.begin(10, "unreachable")
    assert len(reports.pending()) == 1
