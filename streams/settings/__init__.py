"""Every setting of the system: read once from the environment and `.env`, checked, then frozen."""

import os
from functools import cache
from pathlib import Path
from shutil import disk_usage
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode, SettingsConfigDict

from streams.object_store import ObjectStore
from streams.settings.bluesky import BlueskyVariables
from streams.settings.captures import CaptureVariables
from streams.settings.jobs import JobVariables
from streams.settings.labels import LabelVariables
from streams.settings.machines import MachineVariables
from streams.settings.mastodon import MastodonVariables
from streams.settings.secret_key import MIN_CHARACTERS, kept_secret
from streams.settings.types import (
    ADDRESS_EXPECTED,
    PORT_EXPECTED,
    ROOT,
    SECURED_EXPECTED,
    YES_OR_NO,
    Folder,
    ImageHost,
    Level,
    Origin,
    Port,
    RedisAddress,
    SecuredAddress,
    WebAddress,
    client_folder,
    comma_list,
    data_folder,
    database_address,
    is_loopback,
)

PUBLIC_WORDS = "on-a-public-address"

__all__ = ["ROOT", "Settings", "SettingsError", "is_loopback", "settings"]


class SettingsError(ValueError):
    """Settings that cannot be used: one line per bad value, each naming its variable."""


class Settings(
    CaptureVariables,
    LabelVariables,
    MachineVariables,
    JobVariables,
    BlueskyVariables,
    MastodonVariables,
):
    """The settings, one field a variable; each description says what is expected.

    A field stands after those that it needs. Those that hold a secret stay out of `repr` and are
    never quoted in an error.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        env_file_encoding="utf-8",
        validate_default=False,
    )

    dyno: str = Field(
        title="Name of the Heroku dyno; set by Heroku", default="", description="set by Heroku"
    )
    port: Port = Field(title="Port of the web process", default=5000, description=PORT_EXPECTED)
    host: str = Field(
        title="Address that the web process listens on",
        default_factory=lambda data: "0.0.0.0" if data["dyno"] else "127.0.0.1",  # noqa: S104
        pattern=r"^[A-Za-z0-9.:_-]+$",
        description="an address or name of this machine to listen on",
    )
    trusted_proxies: int = Field(
        title="Number of trusted reverse proxies in front of the web process",
        default_factory=lambda data: 1 if data["dyno"] else 0,
        ge=0,
        le=9,
        description="how many proxies stand in front, from 0 to 9",
    )
    web_connections: int = Field(
        title="Connections that the web process accepts at once, if its open files allow",
        default=5000,
        ge=50,
        le=100_000,
        description="connections from 50 to 100000",
    )
    flower_port: Port = Field(
        title="Port of Flower, on loopback", default=5555, description=PORT_EXPECTED
    )
    simulator_port: Port = Field(
        title="Port of the simulator, on loopback", default=5100, description=PORT_EXPECTED
    )
    log_level: Level = Field(
        title="Least severe level that is logged",
        default="INFO",
        description="DEBUG, INFO, WARNING, ERROR or CRITICAL",
    )

    data_dir: Annotated[Folder, AfterValidator(data_folder)] = Field(
        title="Folder of the database, captures, uploads, logs and keys",
        default=ROOT / "data",
        description="a folder that can be written, without ? in its name",
    )
    redis_url: RedisAddress = Field(
        title="Redis or Valkey; unset, bin/run starts one",
        default="redis://127.0.0.1:6379/0",
        repr=False,
        description="a redis:// or rediss:// address",
    )
    redis_verify: bool = Field(
        title="Whether the certificate of a rediss:// server is verified",
        default=False,
        description=YES_OR_NO,
    )
    database_url: Annotated[str, AfterValidator(database_address)] = Field(
        title="SQLite or PostgreSQL database",
        default_factory=lambda data: f"sqlite:///{data['data_dir'] / 'weir.db'}",
        repr=False,
        description="a sqlite:/// or postgresql:// address",
    )
    secret_key: str = Field(
        title="Key that encrypts stored platform secrets; unset, made once and kept in DATA_DIR",
        default="",
        repr=False,
        min_length=MIN_CHARACTERS,
        description="a secret of 16 characters or more",
    )

    x_api_key: str = Field(
        title="API key of the X app; without one, the simulator stands in for X",
        default="",
        repr=False,
        description="the API key of the X app",
    )
    x_api_secret: str = Field(
        title="API key secret of the X app",
        default="",
        repr=False,
        description="the API key secret of the X app",
    )
    x_bearer_token: str = Field(
        title="App-only token that streams; unset, fetched with key and secret",
        default="",
        repr=False,
        description="the bearer token of the X app",
    )
    x_api_base: SecuredAddress = Field(
        title="Base address of the X API", default="https://api.x.com", description=SECURED_EXPECTED
    )
    x_connects: int = Field(
        title="Connects to X that a collector allows itself in 15 minutes; X allows an app 50",
        default=45,
        ge=1,
        le=100_000,
        description="a whole number from 1 to 100000",
    )
    oauth_callback_url: WebAddress = Field(
        title="Address to which X sends people back after sign-in; must be listed in the X app",
        default_factory=lambda data: f"http://127.0.0.1:{data['port']}/redirect",
        description=ADDRESS_EXPECTED,
    )
    sign_in: Literal["open", "invited"] = Field(
        title="Who may sign in with X: anybody, or those who are invited or have an account",
        default_factory=lambda data: "open" if _is_private(data) else "invited",
        description="open or invited",
    )
    google_geocoding_key: str = Field(
        title="Looks places up at Google instead of in the bundled table",
        default="",
        repr=False,
        description="a Google geocoding key",
    )
    google_geocoding_url: SecuredAddress = Field(
        title="Address of the Google geocoding service",
        default="https://maps.googleapis.com/maps/api/geocode/json",
        description=SECURED_EXPECTED,
    )

    cors_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(comma_list)] = Field(
        title="Origins of pages served elsewhere that may call the API",
        default=(),
        description="origins such as https://example.org, with commas between",
    )
    client_dir: Annotated[Folder, AfterValidator(client_folder)] | None = Field(
        title="Folder of a built dashboard client to serve at / instead of our page",
        default=None,
        description="a folder with an index.html in it",
    )
    client_image_hosts: Annotated[tuple[ImageHost, ...], NoDecode, BeforeValidator(comma_list)] = (
        Field(
            title="Hosts from which the client in CLIENT_DIR may load images, such as map tiles",
            default=("*.global.ssl.fastly.net", "*.tile.openstreetmap.org"),
            description="hosts such as *.tile.openstreetmap.org, with commas between",
        )
    )
    legacy_idle_minutes: float = Field(
        title="Minutes without a viewer after which a stream of the older client is stopped",
        default=30,
        ge=0,
        le=10_080,
        description="minutes from 0 (never) to 10080",
    )
    anonymous_sockets: bool = Field(
        title="Whether sockets that nobody signed in follow the newest stream of the older client",
        default=False,
        description=f"true or false; true needs a loopback HOST, else the words {PUBLIC_WORDS}",
    )
    session_days: int = Field(
        title="Days that a session on the page lasts",
        default=30,
        ge=1,
        le=365,
        description="days from 1 to 365",
    )

    taggers: int = Field(
        title="Number of tagging processes",
        default=max(1, (os.cpu_count() or 1) - 1),
        ge=1,
        le=256,
        description="processes from 1 to 256",
    )
    batch_posts: int = Field(
        title="Posts in a full batch",
        default=128,
        ge=1,
        le=4096,
        description="posts from 1 to 4096",
    )
    batch_ms: int = Field(
        title="Milliseconds that a batch waits to fill under load",
        default=20,
        ge=0,
        le=1000,
        description="milliseconds from 0 to 1000",
    )
    batches_in_flight: int = Field(
        title="Batches on their way to taggers at once, per collector",
        default=6,
        ge=1,
        le=256,
        description="batches from 1 to 256",
    )
    ring_posts: int = Field(
        title="Recent posts kept for catch-up, per stream",
        default=500,
        ge=0,
        le=100_000,
        description="posts from 0 to 100000",
    )
    viewer_posts_per_second: int = Field(
        title="Posts a second above which a viewer gets a sample, with a notice on the page",
        default=1000,
        ge=1,
        le=100_000,
        description="posts from 1 to 100000",
    )

    @field_validator("anonymous_sockets", mode="before")
    @classmethod
    def _loopback_or_said_so(cls, value: object, info: ValidationInfo) -> object:
        if value == PUBLIC_WORDS:
            return True
        asked = str(value).strip().lower() in ("true", "1", "yes", "on", "y", "t")
        if asked and not is_loopback(info.data.get("host", "")):
            raise ValueError
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Settings":
        """Check what only shows when the values are seen together."""
        credentials = bool(self.x_api_key or self.x_api_secret or self.x_bearer_token)
        if credentials or "x_api_base" in self.model_fields_set:
            for name in ("x_api_key", "x_api_secret"):
                if not getattr(self, name):
                    raise ValueError(f"{name.upper()} is not set, and the other X settings are")
        if self.capture_ship_options and not self.capture_ship_to:
            raise ValueError("CAPTURE_SHIP_TO is not set, and CAPTURE_SHIP_OPTIONS is")
        if (self.capture_ship_to or "").startswith(f"file://{self.data_dir}/captures"):
            raise ValueError("CAPTURE_SHIP_TO: expected a folder outside of DATA_DIR/captures")
        if self.dyno:
            for name in ("secret_key", "oauth_callback_url"):
                if name not in self.model_fields_set:
                    raise ValueError(f"{name.upper()} is not set, and on Heroku it must be")
        return self

    @property
    def has_x_credentials(self) -> bool:
        """Whether an X app is named; if not, the launcher puts the simulator in its place."""
        return bool(self.x_api_key)

    @property
    def own_taggers(self) -> Path:
        """The folder of the operator's own taggers, one folder each."""
        return self.data_dir / "taggers"

    @property
    def has_simulator(self) -> bool:
        """Whether the X app is the simulator's, which lets anybody in under any name."""
        return self.has_x_credentials and is_loopback(urlsplit(self.x_api_base).hostname or "")

    @property
    def x_signs_in(self) -> bool:
        """Whether people can sign in with X; with the simulator on this machine only."""
        if not self.has_simulator:
            return self.has_x_credentials
        return is_loopback(self.host) and (self.trusted_proxies == 0 or self.sign_in == "open")

    @property
    def simulates_x(self) -> bool:
        """Whether a simulator stands in for X, so that its posts are made up."""
        host = urlsplit(self.x_api_base).hostname or ""
        return not f".{host}".endswith((".x.com", ".twitter.com"))

    @property
    def object_store(self) -> ObjectStore | None:
        """Where sealed segments go, if anywhere."""
        to = self.capture_ship_to
        return ObjectStore(to, self.capture_ship_options) if to else None

    def redis_options(self) -> dict[str, Any]:
        """Return the keyword arguments that every Redis client must be made with.

        Hosted Redis over TLS shows a self-signed certificate, so it is checked on request only.
        """
        if self.redis_url.startswith("rediss://") and not self.redis_verify:
            return {"ssl_cert_reqs": "none"}
        return {}


@cache
def settings() -> Settings:
    """Read the settings, once a process; make DATA_DIR and, when unset, the secret key in it.

    `ENV_FILE` names the file of settings (`.env` in the project's folder); empty means none.
    Raises SettingsError.
    """
    env_file = os.environ.get("ENV_FILE", str(ROOT / ".env")) or None
    try:
        found = Settings(_env_file=env_file)  # type: ignore[call-arg]  # the library's own keyword
    except ValidationError as error:
        raise SettingsError("\n".join(_lines(error))) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{env_file}: expected UTF-8 text") from None
    try:
        found.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(found.data_dir, os.W_OK):
            raise PermissionError(f"one that is read-only: {found.data_dir}")
        if fault := found.reserve_fault(disk_usage(found.data_dir).total):
            raise SettingsError(fault)
        if not found.secret_key:
            kept = kept_secret(found.data_dir / "secret_key")
            found = found.model_copy(update={"secret_key": kept})
    except OSError as error:
        expected = Settings.model_fields["data_dir"].description
        raise SettingsError(f"DATA_DIR: expected {expected}, got {error}") from None
    return found


def _is_private(data: dict[str, Any]) -> bool:
    """Return whether only this machine reaches Weir, and no credentials of a real X app do."""
    is_here = is_loopback(data.get("host", "")) and data.get("trusted_proxies") == 0
    has_real_app = bool(data.get("x_api_key")) and not is_loopback(
        urlsplit(data.get("x_api_base", "")).hostname or ""
    )
    return is_here and not has_real_app


def _lines(error: ValidationError) -> list[str]:
    """Describe each fault: the variable, what was expected, what was got unless secret."""
    lines = {}
    for fault in error.errors(include_url=False):
        if not fault["loc"]:
            lines["whole"] = str(fault["ctx"]["error"])
        elif fault["type"] != "default_factory_not_called":  # the cause has a line of its own
            name = str(fault["loc"][0])
            field = Settings.model_fields[name]
            got = f", got {fault['input']!r}" if field.repr else ""
            lines.setdefault(name, f"{name.upper()}: expected {field.description}{got}")
    return list(lines.values())
