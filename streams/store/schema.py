"""The tables. Times are milliseconds since the epoch, UTC."""

from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Millis = BigInteger

DOUBT = "almost_silent"
"""The reason of rows of `gaps` that are none: see `streams.store.doubts`."""


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can drop them on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class AccountRow(Base):
    """A person who signed in; `secret` is their encrypted platform token.

    A local account (`platform` is `local`) has a hashed password instead.
    """

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(20))
    platform_id: Mapped[str] = mapped_column(String(40))
    handle: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(100))
    avatar: Mapped[str | None] = mapped_column(Text)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(Millis)
    seen_at: Mapped[int] = mapped_column(Millis)
    role: Mapped[str] = mapped_column(String(20), default="editor", server_default="editor")
    password: Mapped[str | None] = mapped_column(String(200))
    suspended_at: Mapped[int | None] = mapped_column(Millis)
    __table_args__ = (Index(None, "platform", "platform_id", unique=True),)


class TokenRow(Base):
    """A token of ours: only its SHA-256 is kept."""

    __tablename__ = "tokens"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(Millis)
    expires_at: Mapped[int | None] = mapped_column(Millis)
    scope: Mapped[str] = mapped_column(String(10), default="write", server_default="write")
    last_used_at: Mapped[int | None] = mapped_column(Millis)


class SignInRow(Base):
    """A sign-in under way: the request token and its encrypted secret."""

    __tablename__ = "sign_ins"
    request_token: Mapped[str] = mapped_column(String(200), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    browser: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(Millis)


class StreamRow(Base):
    """A stream; `filter` and `plan` are JSON; the plan's collection lies in `folder`.

    `seen` is JSON of the state that was recorded last. `further_sources` are names with commas
    between them; null for a stream that follows `source` alone.
    """

    __tablename__ = "streams"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(20))
    filter: Mapped[str] = mapped_column(Text)
    plan: Mapped[str] = mapped_column(Text)
    collection: Mapped[str | None] = mapped_column(String(64), index=True)
    folder: Mapped[str | None] = mapped_column(String(80), index=True)
    wanted: Mapped[str] = mapped_column(String(10), index=True)
    generation: Mapped[int]
    old: Mapped[bool]
    created_at: Mapped[int] = mapped_column(Millis)
    changed_at: Mapped[int] = mapped_column(Millis)
    placed_on: Mapped[str | None] = mapped_column(String(100))
    seen: Mapped[str | None] = mapped_column(Text)
    further_sources: Mapped[str | None] = mapped_column(String(200))


class EditRow(Base):
    """Who changed what of a stream, and when; `before` and `after` are JSON of what changed.

    Without an account it was the server itself.
    """

    __tablename__ = "edits"
    id: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[int] = mapped_column(Millis)
    generation: Mapped[int]
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)


class MinuteRow(Base):
    """Posts of a stream by label in one minute (minutes since the epoch)."""

    __tablename__ = "minutes"
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), primary_key=True)
    minute: Mapped[int] = mapped_column(primary_key=True)
    negative: Mapped[int] = mapped_column(default=0)
    neutral: Mapped[int] = mapped_column(default=0)
    positive: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    not_labelled: Mapped[int] = mapped_column(default=0, server_default="0")
    left_out: Mapped[int] = mapped_column(default=0, server_default="0")
    accurate: Mapped[int] = mapped_column(default=0, server_default="0")


class FreeMinuteRow(Base):
    """Those posts of a stream in one minute that cost nothing, where it follows paid sources too.

    They are counted in `minutes` as well.
    """

    __tablename__ = "free_minutes"
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), primary_key=True)
    minute: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[int] = mapped_column(default=0)


class SettledRow(Base):
    """The last set of counts of a slot that went into `minutes`, so that none goes in twice."""

    __tablename__ = "settled"
    slot: Mapped[str] = mapped_column(String(200), primary_key=True)
    token: Mapped[str] = mapped_column(String(32))


class SegmentRow(Base):
    """A sealed file of a capture in a folder of that machine.

    `file` is the name that it was sealed under, `stored_as` that which packing gave it.
    """

    __tablename__ = "segments"
    id: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), index=True)
    collection: Mapped[str] = mapped_column(String(64))
    folder: Mapped[str] = mapped_column(String(80))
    machine: Mapped[str] = mapped_column(String(100))
    file: Mapped[str] = mapped_column(String(200))
    posts: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sealed_at: Mapped[int] = mapped_column(Millis)
    manifest: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="local", server_default="local")
    stored_as: Mapped[str | None] = mapped_column(String(200))
    shipped_to: Mapped[str | None] = mapped_column(Text)
    shipped_at: Mapped[int | None] = mapped_column(Millis)
    __table_args__ = (Index(None, "folder", "machine", "file", unique=True),)


class GapRow(Base):
    """An interval in which a wanted stream did not listen; open while `ended_at` is null.

    `state` and what follows say what became of filling it: `missing` is a JSON list of codes,
    `posts` counts what was captured afterwards, last at `filled_at`, and `progress` is JSON of how
    far the search has come. `source` is the one that was not listened to, where the stream follows
    several.
    """

    __tablename__ = "gaps"
    id: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), index=True)
    started_at: Mapped[int] = mapped_column(Millis)
    ended_at: Mapped[int | None] = mapped_column(Millis)
    reason: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="open", server_default="open")
    missing: Mapped[str] = mapped_column(Text, default="[]", server_default="[]")
    posts: Mapped[int] = mapped_column(default=0, server_default="0")
    filled_at: Mapped[int | None] = mapped_column(Millis)
    progress: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(String(20))


class ReplayRow(Base):
    """How far a replay has come in the run that was noted last; `fault` is JSON."""

    __tablename__ = "replays"
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), primary_key=True)
    run: Mapped[int]
    began_at: Mapped[int] = mapped_column(Millis)
    lines: Mapped[int] = mapped_column(BigInteger)
    posts: Mapped[int] = mapped_column(BigInteger)
    share: Mapped[float] = mapped_column(Float)
    moment: Mapped[int | None] = mapped_column(Millis)
    said: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[int | None] = mapped_column(Millis)
    fault: Mapped[str | None] = mapped_column(Text)


class CorrectionRow(Base):
    """A label that a person put right; the text is kept for training, until it is deleted."""

    __tablename__ = "corrections"
    id: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    at: Mapped[int] = mapped_column(Millis)
    post_id: Mapped[str] = mapped_column(String(200), index=True)
    author_id: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    tagger: Mapped[str] = mapped_column(String(32))
    before: Mapped[str] = mapped_column(String(64))
    model: Mapped[str | None] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(64))


class PositionRow(Base):
    """How far the collector of a slot has come in a source that can be read again."""

    __tablename__ = "positions"
    slot: Mapped[str] = mapped_column(String(200), primary_key=True)
    position: Mapped[str] = mapped_column(Text)
