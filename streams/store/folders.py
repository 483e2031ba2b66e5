"""Folders: where the collections of an account lie."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streams.collection import folder_of
from streams.store.schema import StreamRow
from streams.stream import Wanted


def folder_in(session: Session, account_id: int, collection: str) -> str:
    """Return the folder of an account's collection.

    A stream of the account names it; where its row has none, from before accounts had folders of
    their own, the folder is called like the collection.
    """
    is_archived = StreamRow.wanted == Wanted.ARCHIVED.value
    query = (
        select(func.coalesce(StreamRow.folder, StreamRow.collection))
        .where(StreamRow.account_id == account_id, StreamRow.collection == collection)
        .order_by(is_archived, StreamRow.created_at.desc())
    )
    return session.scalar(query.limit(1)) or folder_of(collection, account_id)
