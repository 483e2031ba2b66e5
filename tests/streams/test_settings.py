"""Settings: what is read, what is refused and in which words."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from streams.object_store import ObjectStore
from streams.settings import ROOT, Settings, SettingsError, is_loopback, settings
from streams.settings.secret_key import kept_secret

PUBLIC = "0.0.0.0"  # noqa: S104  # a value to read, not to listen on
SECRET = "a secret of more than sixteen"
HEROKU = {
    "DYNO": "web.1",
    "SECRET_KEY": SECRET,
    "OAUTH_CALLBACK_URL": "https://weir.example/redirect",
}
STORE = {"CAPTURE_SHIP_TO": "s3://bucket/lab"}
X = {"X_API_KEY": "key", "X_API_SECRET": "secret"}


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    return settings()


def test_defaults_serve_this_machine_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = read(monkeypatch)
    assert (found.host, found.port) == ("127.0.0.1", 5000)
    assert found.oauth_callback_url == "http://127.0.0.1:5000/redirect"
    assert found.database_url == f"sqlite:///{tmp_path}/data/weir.db"
    assert found.redis_options() == {}
    assert not found.has_x_credentials


def test_heroku_listens_to_its_router(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, **HEROKU).host == PUBLIC


def test_the_callback_follows_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, PORT="8080").oauth_callback_url == "http://127.0.0.1:8080/redirect"


@pytest.mark.parametrize(
    ("variables", "field", "value"),
    [
        ({"PORT": ""}, "port", 5000),
        ({"DATABASE_URL": "postgres://u:p@h/d"}, "database_url", "postgresql+psycopg://u:p@h/d"),
        ({"DATABASE_URL": "postgresql://h/d"}, "database_url", "postgresql+psycopg://h/d"),
        ({"CORS_ORIGINS": "http://a:3000/, https://b"}, "cors_origins", ("http://a:3000", "https://b")),
        ({"LOG_LEVEL": "debug"}, "log_level", "DEBUG"),
        ({"X_API_BASE": "http://127.0.0.1:5100/", **X}, "x_api_base", "http://127.0.0.1:5100"),
        ({"X_API_BASE": "http://127.0.0.1:5100", **X}, "simulates_x", True),
        ({"X_API_BASE": "https://api.x.com.example.org", **X}, "simulates_x", True),
        ({"X_API_BASE": "https://api.twitter.com", **X}, "simulates_x", False),
        ({}, "simulates_x", False),
        ({"ANONYMOUS_SOCKETS": "true"}, "anonymous_sockets", True),
        ({"ANONYMOUS_SOCKETS": "false", "HOST": PUBLIC}, "anonymous_sockets", False),
        (
            {"ANONYMOUS_SOCKETS": "on-a-public-address", "HOST": PUBLIC},
            "anonymous_sockets",
            True,
        ),
        ({"REDIS_VERIFY": "true"}, "redis_verify", True),
        ({"DATA_DIR": "elsewhere"}, "data_dir", ROOT / "elsewhere"),
        (
            {"CAPTURE_SHIP_OPTIONS": '{"key": "k"}', "CAPTURE_SHIP_TO": "s3://bucket/lab/"},
            "object_store",
            ObjectStore("s3://bucket/lab", {"key": "k"}),
        ),
        ({"CAPTURE_SHIP_TO": "file:///mnt/store"}, "object_store", ObjectStore("file:///mnt/store")),
        ({}, "object_store", None),
        ({"CAPTURE_DISK_RESERVE": "2GiB"}, "capture_disk_reserve", 2 << 30),
        ({"CAPTURE_DISK_WARN_HOURS": "6"}, "capture_disk_pack_hours", 6.0),
        ({"CAPTURE_DISK_WARN_HOURS": "0.5"}, "capture_disk_stop_hours", 0.5),
        ({}, "machine_away_seconds", 120.0),
        ({"LEASE_SECONDS": "300"}, "machine_away_seconds", 600.0),
        ({"TRUSTED_PROXIES": "2"}, "trusted_proxies", 2),
        ({}, "trusted_proxies", 0),
        ({**HEROKU, "TRUSTED_PROXIES": "2"}, "trusted_proxies", 2),
        (HEROKU, "trusted_proxies", 1),
    ],
)  # fmt: skip
def test_a_good_value_is_taken(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], field: str, value: object
) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    assert getattr(Settings(), field) == value


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"PORT": "abc"}, "PORT: expected a port number from 1 to 65535, got 'abc'"),
        ({"PORT": "0"}, "PORT: expected a port number from 1 to 65535, got '0'"),
        ({"PORT": "65536"}, "PORT: expected a port number from 1 to 65535, got '65536'"),
        ({"HOST": "two words"}, "HOST: expected an address or name of this machine"),
        ({"REDIS_URL": "http://h"}, "REDIS_URL: expected a redis:// or rediss:// address"),
        ({"REDIS_URL": "redis://h:x"}, "REDIS_URL: expected a redis:// or rediss:// address"),
        ({"DATABASE_URL": "mysql://h/d"}, "DATABASE_URL: expected a sqlite:/// or postgresql://"),
        ({"DATABASE_URL": "sqlite"}, "DATABASE_URL: expected a sqlite:/// or postgresql://"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: expected a secret of 16 characters or more"),
        ({"X_API_KEY": "key"}, "X_API_SECRET is not set, and the other X settings are"),
        ({"X_BEARER_TOKEN": "token"}, "X_API_KEY is not set, and the other X settings are"),
        ({"X_API_BASE": "http://127.0.0.1:1"}, "X_API_KEY is not set, and the other X settings"),
        ({"X_API_BASE": "http://far.example", **X}, "X_API_BASE: expected an https:// address"),
        ({"OAUTH_CALLBACK_URL": "javascript:x"}, "OAUTH_CALLBACK_URL: expected an http:// or"),
        ({"CORS_ORIGINS": "*"}, "CORS_ORIGINS: expected origins such as https://example.org"),
        ({"CORS_ORIGINS": "http://a/path"}, "CORS_ORIGINS: expected origins"),
        ({"CLIENT_DIR": "/nowhere"}, "CLIENT_DIR: expected a folder with an index.html in it"),
        ({"MODEL_DIR": "/nowhere"}, "MODEL_DIR: expected a folder that holds a trained model"),
        ({"DATA_DIR": "/dev/null/x"}, "DATA_DIR: expected a folder that can be written"),
        ({"DATA_DIR": "what?"}, "DATA_DIR: expected a folder that can be written"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL: expected DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ({"ANONYMOUS_SOCKETS": "1", "HOST": PUBLIC}, "ANONYMOUS_SOCKETS: expected true or"),
        ({"ANONYMOUS_SOCKETS": "maybe"}, "ANONYMOUS_SOCKETS: expected true or false"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES: expected how many proxies stand in front"),
        ({"TRUSTED_PROXIES": "true"}, "TRUSTED_PROXIES: expected how many proxies stand in front"),
        ({"WEB_CONNECTIONS": "5"}, "WEB_CONNECTIONS: expected connections from 50 to 100000"),
        ({"TAGGERS": "0"}, "TAGGERS: expected processes from 1 to 256, got '0'"),
        ({"LEASE_SECONDS": "nan"}, "LEASE_SECONDS: expected seconds from 1 to 300, got 'nan'"),
        ({"CAPTURE_SHIP_TO": "nowhere"}, "CAPTURE_SHIP_TO: expected the address of a store"),
        ({"CAPTURE_SHIP_TO": "s3://"}, "CAPTURE_SHIP_TO: expected the address of a store"),
        ({"CAPTURE_SHIP_TO": "nfs://a/b"}, "CAPTURE_SHIP_TO: expected the address of a store"),
        ({"CAPTURE_SHIP_TO": "gs://a/b"}, "CAPTURE_SHIP_TO: expected the address of a store whose"),
        ({"CAPTURE_SHIP_TO": "sftp://a/b"}, "CAPTURE_SHIP_TO: expected the address of a store"),
        ({"CAPTURE_SHIP_TO": "file://a/b"}, "CAPTURE_SHIP_TO: expected the address of a store"),
        (
            {"DATA_DIR": "/tmp/d", "CAPTURE_SHIP_TO": "file:///tmp/d/captures"},  # noqa: S108
            "CAPTURE_SHIP_TO: expected a folder outside of DATA_DIR/captures",
        ),
        ({"CAPTURE_SHIP_OPTIONS": "{}}", **STORE}, "CAPTURE_SHIP_OPTIONS: expected a JSON object"),
        ({"CAPTURE_SHIP_OPTIONS": "[1]", **STORE}, "CAPTURE_SHIP_OPTIONS: expected a JSON object"),
        ({"CAPTURE_SHIP_OPTIONS": '{"a": 1}'}, "CAPTURE_SHIP_TO is not set, and CAPTURE_SHIP_OP"),
        ({"CAPTURE_KEEP_MINUTES": "-1"}, "CAPTURE_KEEP_MINUTES: expected minutes from 0 to 525600"),
        ({"CAPTURE_DISK_RESERVE": "much"}, "CAPTURE_DISK_RESERVE: expected bytes, or a size such"),
        ({"CAPTURE_DISK_RESERVE": "-1"}, "CAPTURE_DISK_RESERVE: expected bytes, or a size such"),
        ({"CAPTURE_DISK_RESERVE": "900PB"}, "CAPTURE_DISK_RESERVE: expected less than the disk"),
        ({"CAPTURE_DISK_WARN_HOURS": "nan"}, "CAPTURE_DISK_WARN_HOURS: expected hours from 0 to"),
        ({"CAPTURE_DISK_PACK_HOURS": "25"}, "CAPTURE_DISK_PACK_HOURS: expected hours from 0 to"),
        ({"CAPTURE_DISK_STOP_HOURS": "13"}, "CAPTURE_DISK_STOP_HOURS: expected hours from 0 to"),
        ({"MACHINE_SLOTS": "-1"}, "MACHINE_SLOTS: expected streams from 0 to 10000, got '-1'"),
        (
            {"LEASE_SECONDS": "30", "MACHINE_AWAY_SECONDS": "59"},
            "MACHINE_AWAY_SECONDS: expected seconds from 5 to 86400, twice LEASE_SECONDS or more",
        ),
        ({"DYNO": "web.1"}, "SECRET_KEY is not set, and on Heroku it must be"),
        ({"DYNO": "web.1", "SECRET_KEY": SECRET}, "OAUTH_CALLBACK_URL is not set, and on Heroku"),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], line: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(monkeypatch, **variables)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_every_bad_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        read(monkeypatch, PORT="x", TAGGERS="x", HOST="a b")
    names = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert names == ["PORT", "HOST", "TAGGERS"]


@pytest.mark.parametrize(
    "name", ["REDIS_URL", "DATABASE_URL", "SECRET_KEY", "CAPTURE_SHIP_TO", "CAPTURE_SHIP_OPTIONS"]
)
def test_an_error_never_quotes_a_secret(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(monkeypatch, **{name: "x://u:hunter2@h"})
    assert name in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_printed_settings_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(
        monkeypatch,
        **dict.fromkeys(("X_API_KEY", "X_API_SECRET", "X_BEARER_TOKEN"), "hunter2"),
        SECRET_KEY="hunter2 and some more",
        GOOGLE_GEOCODING_KEY="hunter2",
        REDIS_URL="redis://:hunter2@h",
        DATABASE_URL="postgres://u:hunter2@h/d",
        CAPTURE_SHIP_TO="s3://bucket",
        CAPTURE_SHIP_OPTIONS='{"secret": "hunter2"}',
    )
    assert "hunter2" not in f"{found!r} {found.object_store!r}"


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_port_brings_anything_but_a_port_or_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    try:
        said = f"a port number: {read(monkeypatch, PORT=text).port in range(1, 65536)}"
    except SettingsError as error:
        said = str(error)
    assert said.startswith(("a port number: True", "PORT: expected a port number"))


def test_the_secret_key_is_made_once_and_kept_to_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = read(monkeypatch).secret_key
    assert len(first) >= 32
    assert read(monkeypatch).secret_key == first
    kept = tmp_path / "data" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]


def test_processes_that_make_the_secret_key_at_once_agree_on_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(kept_secret, [tmp_path / "secret_key"] * 32))
    assert len(keys) == 1


def test_a_damaged_secret_key_is_an_error_not_a_new_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_text("\n")
    with pytest.raises(SettingsError, match="key too short"):
        read(monkeypatch)


def test_a_file_of_settings_is_read_and_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings"
    file.write_text("# a comment\nPORT=6001\nTAGGERS=3\nUNKNOWN=1\n")
    found = read(monkeypatch, ENV_FILE=str(file), TAGGERS="2")
    assert (found.port, found.taggers) == (6001, 2)


def test_a_file_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_bytes(b"PORT=\xff\xfe\n")
    with pytest.raises(SettingsError, match="expected UTF-8 text"):
        read(monkeypatch, ENV_FILE=str(file))


@pytest.mark.parametrize(
    ("url", "verify", "options"),
    [
        ("redis://h:6379/0", "false", {}),
        ("rediss://:p@h:6380", "false", {"ssl_cert_reqs": "none"}),
        ("rediss://:p@h:6380", "true", {}),
    ],
)
def test_a_certificate_is_left_unchecked_for_tls_only_and_only_until_asked(
    monkeypatch: pytest.MonkeyPatch, url: str, verify: str, options: dict[str, str]
) -> None:
    found = read(monkeypatch, REDIS_URL=url, REDIS_VERIFY=verify)
    assert found.redis_options() == options


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost")),
        *((host, False) for host in (PUBLIC, "10.0.0.1", "::", "example.org", "")),
    ],
)
def test_loopback_is_this_machine_only(host: str, is_ours: bool) -> None:
    assert is_loopback(host) is is_ours


def test_the_example_file_names_every_setting_and_nothing_else() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = [line.lstrip("# ").partition("=")[0] for line in lines if "=" in line]
    known = {name.upper() for name in Settings.model_fields} - {"DYNO"}
    assert sorted(named) == sorted(known)


@pytest.mark.parametrize(
    ("variables", "sign_in", "x_signs_in"),
    [
        ({}, "open", False),
        ({**X, "X_API_BASE": "http://127.0.0.1:5100"}, "open", True),
        ({**X, "X_API_BASE": "http://127.0.0.1:5100", "HOST": PUBLIC}, "invited", False),
        ({**X, "X_API_BASE": "http://127.0.0.1:5100", "TRUSTED_PROXIES": "1"}, "invited", False),
        (
            {**X, "X_API_BASE": "http://[::1]:5100", "HOST": "10.0.0.1", "SIGN_IN": "open"},
            "open",
            False,
        ),
        (X, "invited", True),
        ({**X, "HOST": PUBLIC}, "invited", True),
        ({"HOST": PUBLIC}, "invited", False),
        ({**X, "HOST": PUBLIC, "SIGN_IN": "open"}, "open", True),
        (HEROKU, "invited", False),
    ],
)
def test_weir_is_closed_unless_only_this_machine_reaches_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sign_in: str, x_signs_in: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = settings()
    assert (found.sign_in, found.x_signs_in) == (sign_in, x_signs_in)
