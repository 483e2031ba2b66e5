"""The settings file: every key of it, and one line for whatever is wrong."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from streams.settings import ROOT
from workers.agent.settings_file import SettingsFileError, read_settings

LEAST = {
    "server": {"base_url": "http://127.0.0.1:1/api/", "auth_token": "s3cret"},
    "twitter_auth": {"api_key": "k3y", "api_secret": "hush"},
}
MISSING = object()


def written(folder: Path, content: Any) -> Path:
    """Write a settings file whose base folder lies below `folder`."""
    content = copy.deepcopy(content)
    if isinstance(content, dict):
        content.setdefault("output", {})
        if isinstance(content["output"], dict):
            content["output"].setdefault("base_dir", str(folder / "data"))
    path = folder / "capture.json"
    path.write_text(json.dumps(content))
    return path


def changed(key: str, value: Any) -> dict[str, Any]:
    """The least that a file may hold, with one key changed."""
    content: dict[str, Any] = copy.deepcopy(LEAST)
    section, _, name = key.rpartition(".")
    place = content.setdefault(section, {}) if section else content
    if value is MISSING:
        del place[name]
    else:
        place[name] = value
    return content


def test_what_is_not_said_is_as_the_old_client_had_it(tmp_path: Path) -> None:
    found = read_settings(written(tmp_path, LEAST))
    assert (found.ping_interval, found.update_interval, found.source_addr) == (10, 30, None)
    assert found.api_base == "https://api.x.com"
    output = found.output
    assert (output.minute_interval, output.extension) == (10, ".json")
    assert (output.temporary_extension, output.filename_timefmt) == (".tmp", "%Y%m%d_%H%M")
    assert (found.logging, found.unknown) == (None, ())


def test_every_key_is_taken(tmp_path: Path) -> None:
    content = {
        "server": LEAST["server"] | {"client_id": 3, "ping_interval": 2, "update_interval": 3.5},
        "twitter_auth": LEAST["twitter_auth"]
        | {"access_token": "", "access_token_secret": "", "api_base": "http://127.0.0.1:9"},
        "source_addr": "127.0.0.1",
        "output": {
            "base_dir": str(tmp_path / "elsewhere"),
            "extension": ".ndjson",
            "temporary_extension": ".open",
            "minute_interval": 60,
            "filename_timefmt": "-%H",
        },
        "logging": {"version": 1},
        "comment": "ours",
    }
    found = read_settings(written(tmp_path, content))
    assert (found.client_id, found.ping_interval, found.update_interval) == ("3", 2, 3.5)
    assert (found.api_base, found.source_addr) == ("http://127.0.0.1:9", "127.0.0.1")
    output = found.output
    assert (output.extension, output.temporary_extension) == (".ndjson", ".open")
    assert (output.minute_interval, output.filename_timefmt) == (60, "-%H")
    assert found.base_dir == tmp_path / "elsewhere"
    assert found.base_dir.is_dir()
    assert found.logging == {"version": 1}
    assert found.unknown == ("comment",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("server", 5),
        ("server", MISSING),
        ("server.base_url", MISSING),
        ("server.base_url", "example.org"),
        ("server.base_url", "ftp://example.org"),
        ("server.base_url", "http://host:99999"),
        ("server.base_url", None),
        ("server.auth_token", MISSING),
        ("server.auth_token", ""),
        ("server.auth_token", "new\nline"),
        ("server.auth_token", 5),
        ("server.client_id", [1]),
        ("server.ping_interval", "soon"),
        ("server.ping_interval", 0),
        ("server.ping_interval", True),
        ("server.ping_interval", None),
        ("server.update_interval", -1),
        ("server.update_interval", 1e9),
        ("twitter_auth.api_key", MISSING),
        ("twitter_auth.api_secret", " "),
        ("twitter_auth.api_base", "api.x.com"),
        ("source_addr", "not an address"),
        ("source_addr", "192.0.2.1"),
        ("source_addr", 5),
        ("output.base_dir", 5),
        ("output.base_dir", "/dev/null/data"),
        ("output.extension", "/../x"),
        ("output.extension", None),
        ("output.temporary_extension", ""),
        ("output.minute_interval", 0),
        ("output.minute_interval", "ten"),
        ("output.minute_interval", 2.5),
        ("output.filename_timefmt", "%Y/%m"),
        ("output.filename_timefmt", 5),
        ("logging", "INFO"),
    ],
)
def test_a_fault_is_named_with_its_key_and_what_is_expected(
    tmp_path: Path, key: str, value: Any
) -> None:
    with pytest.raises(SettingsFileError) as refused:
        read_settings(written(tmp_path, changed(key, value)))
    line = str(refused.value)
    assert line.startswith(f"{tmp_path}/capture.json: {key}")
    assert "expected" in line
    assert "\n" not in line
    assert not any(secret in line for secret in ("s3cret", "hush", "new\\nline"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsFileError, match=r"output\.base_dir: expected a folder"):
        read_settings(written(tmp_path, changed("output.base_dir", str(tmp_path / "file"))))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "expected JSON"),
        (b"{'a': 1}", "expected JSON"),
        (b"[]", "expected a JSON object"),
        (b"\xff\xfe", "expected UTF-8"),
        (b"[" * 100_000, "expected"),
        (
            json.dumps(LEAST | {"logging": {"version": 1, "handlers": {"a": {"class": "No"}}}}),
            "logging: expected a mapping for logging.config.dictConfig",
        ),
        (json.dumps(changed("server.ping_interval", "soon")), "server.ping_interval: expected"),
    ],
)
def test_the_command_says_it_in_one_line_and_ends_with_2(
    tmp_path: Path, content: bytes | str | None, said: str
) -> None:
    path = tmp_path / "capture.json"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    done = subprocess.run(
        [sys.executable, "-m", "workers.agent", "--configfile", str(path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": "not ours to read"},
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_the_folders_that_log_handlers_write_to_are_made(tmp_path: Path) -> None:
    handler = {"class": "logging.FileHandler", "filename": str(tmp_path / "logs" / "a" / "x.log")}
    config = {"version": 1, "handlers": {"file": handler}, "root": {"handlers": ["file"]}}
    path = written(tmp_path, LEAST | {"logging": config})
    code = (
        "import sys; from pathlib import Path; from workers.agent.__main__ import set_up_logging;"
        "from workers.agent.settings_file import read_settings; path = Path(sys.argv[1]);"
        "set_up_logging(path, read_settings(path)); import logging; logging.error('rain')"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert (tmp_path / "logs" / "a" / "x.log").read_text() == "rain\n"
