"""The tables of capture clients and their jobs. Times are milliseconds since the epoch, UTC."""

from sqlalchemy import BigInteger, Float, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from streams.store.schema import Base, Millis


class ClientRow(Base):
    """A capture client: only the SHA-256 of its token is kept.

    `deletes_at` is when it first asked what is to be deleted; the old client never does.
    """

    __tablename__ = "clients"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[int] = mapped_column(Millis)
    seen_at: Mapped[int | None] = mapped_column(Millis)
    revoked_at: Mapped[int | None] = mapped_column(Millis)
    deletes_at: Mapped[int | None] = mapped_column(Millis)


class JobRow(Base):
    """What a stream of a capture client has beside its stream.

    `seat` is its client until it is archived: a client can have one such job, no more.
    """

    __tablename__ = "jobs"
    number: Mapped[int] = mapped_column(primary_key=True)
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), unique=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"), index=True)
    seat: Mapped[int | None] = mapped_column(ForeignKey("clients.id"), unique=True)
    asked_at: Mapped[int | None] = mapped_column(Millis)
    first_started_at: Mapped[int | None] = mapped_column(Millis)
    started_at: Mapped[int | None] = mapped_column(Millis)
    stopped_at: Mapped[int | None] = mapped_column(Millis)
    archived_at: Mapped[int | None] = mapped_column(Millis)
    total_count: Mapped[int | None] = mapped_column(BigInteger)
    rate: Mapped[float | None] = mapped_column(Float)
    pinged_at: Mapped[int | None] = mapped_column(Millis)
