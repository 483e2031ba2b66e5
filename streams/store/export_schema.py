"""The table of exports. Times are milliseconds since the epoch, UTC."""

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from streams.store.schema import Base, Millis


class ExportOrderRow(Base):
    """A file that somebody ordered; `selection` is JSON.

    `beat_at` is when its process last reported, `sent_at` when its task was last sent.
    """

    __tablename__ = "exports"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), index=True)
    collection: Mapped[str] = mapped_column(String(64))
    selection: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), index=True)
    created_at: Mapped[int] = mapped_column(Millis)
    expires_at: Mapped[int] = mapped_column(Millis)
    beat_at: Mapped[int] = mapped_column(Millis)
    sent_at: Mapped[int] = mapped_column(Millis)
    attempts: Mapped[int]
    posts_read: Mapped[int] = mapped_column(BigInteger)
    posts_total: Mapped[int] = mapped_column(BigInteger)
    posts: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    room: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    fault: Mapped[str | None] = mapped_column(Text)
