"""A collection: the name that its owner gave it, and the folder that it has to itself."""

import re

COLLECTION = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9 _-]{0,62}[A-Za-z0-9_-])?")
"""Names of collections: they begin the names of files, and the old capture server took just these.

A collection that is older than folders of one's own, or a capture client's, has its name as folder.
"""
_MARK = "."
_FOLDER = re.compile(rf"{COLLECTION.pattern}(?:\.[1-9][0-9]{{0,9}})?")


def folder_of(collection: str, account_id: int) -> str:
    """Name the folder of an account's collection, in a data folder and in an object store.

    It follows from the two alone, so that it tells nothing of the collections of others.
    """
    return f"{collection}{_MARK}{account_id}"


def collection_of(folder: str) -> str:
    """Return the name of the collection that a folder is for."""
    return folder.partition(_MARK)[0]


def is_folder(name: str) -> bool:
    """Return whether a collection can have a folder of this name; no path does."""
    return _FOLDER.fullmatch(name) is not None
