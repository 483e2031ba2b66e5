"""The tables of deletions. Times are milliseconds since the epoch, UTC."""

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from streams.store.schema import Base, Millis


class DeletionRow(Base):
    """What somebody asked to be taken out; `parent_id` is the compliance check that asked.

    A platform's announcements are gathered in one row until `due_at`.
    """

    __tablename__ = "deletions"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("deletions.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    compliance: Mapped[bool]
    asked_at: Mapped[int] = mapped_column(Millis)
    recent: Mapped[int] = mapped_column(default=0)
    by_platform: Mapped[bool] = mapped_column(default=False, server_default=false())
    due_at: Mapped[int | None] = mapped_column(Millis)


class SubjectRow(Base):
    """A post or author to take out; `asked` when it was named, not found out from its author."""

    __tablename__ = "deletion_subjects"
    number: Mapped[int] = mapped_column(primary_key=True)
    deletion_id: Mapped[str] = mapped_column(ForeignKey("deletions.id"))
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(200))
    asked: Mapped[bool]
    found: Mapped[bool]
    heard_at: Mapped[int | None] = mapped_column(Millis)
    __table_args__ = (Index(None, "deletion_id", "kind", "value", unique=True),)


class MachineWorkRow(Base):
    """A machine that has to look through its captures, and whether it has."""

    __tablename__ = "deletion_machines"
    deletion_id: Mapped[str] = mapped_column(ForeignKey("deletions.id"), primary_key=True)
    machine: Mapped[str] = mapped_column(String(100), primary_key=True)
    done_at: Mapped[int | None] = mapped_column(Millis)
    looked: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None] = mapped_column(Text)


class TakenRow(Base):
    """How much was taken out of a segment."""

    __tablename__ = "deletion_segments"
    id: Mapped[int] = mapped_column(primary_key=True)
    deletion_id: Mapped[str] = mapped_column(ForeignKey("deletions.id"), index=True)
    machine: Mapped[str] = mapped_column(String(100))
    collection: Mapped[str] = mapped_column(String(64))
    file: Mapped[str] = mapped_column(String(200))
    lines: Mapped[int]
    copies: Mapped[int]
