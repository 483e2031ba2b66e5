"""The tables of invitations, quotas and changes to accounts. Times are ms since the epoch, UTC."""

from sqlalchemy import Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from streams.store.schema import Base, Millis


class InvitationRow(Base):
    """Who may come in, once: an account at X by its handle, or whoever holds the link.

    `handle` is casefolded; of a link only the SHA-256 of its token is kept. A link with a `domain`
    makes `seats` more accounts with names there. Without `invited_by` it was made on the server.
    """

    __tablename__ = "invitations"
    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str | None] = mapped_column(String(50), index=True)
    hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    domain: Mapped[str | None] = mapped_column(String(40))
    seats: Mapped[int | None]
    role: Mapped[str] = mapped_column(String(20))
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[int] = mapped_column(Millis)
    expires_at: Mapped[int | None] = mapped_column(Millis)
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    accepted_at: Mapped[int | None] = mapped_column(Millis)


class AccountChangeRow(Base):
    """What was done to accounts, tokens, sessions and invitations, by whom; `detail` is JSON.

    Without `actor_id` it was done by a command on the server.
    """

    __tablename__ = "account_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(Millis)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    what: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(Text)


class QuotaRow(Base):
    """A limit that an administrator set; without a `value` there is none.

    `subject` is `each` (every account), `total` (all together) or the number of an account.
    """

    __tablename__ = "quotas"
    subject: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    value: Mapped[float | None] = mapped_column(Float)
