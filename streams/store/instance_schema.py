"""The table of Mastodon instances that people added. Times are ms since the epoch, UTC."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from streams.store.schema import Base, Millis


class InstanceRow(Base):
    """An instance of an account with its encrypted token; `fault` is JSON of the last check's."""

    __tablename__ = "instances"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    address: Mapped[str] = mapped_column(String(200))
    token: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[int] = mapped_column(Millis)
    checked_at: Mapped[int | None] = mapped_column(Millis)
    fault: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        Index(None, "account_id", "address", unique=True),
        {"sqlite_autoincrement": True},
    )
