"""The two wires of Jetstream: what is asked of a host, and how its messages are read."""

import logging
from typing import Protocol
from urllib.parse import urlencode

import requests
import zstandard

from workers.sources.bluesky.event import POSTS, Event, read_event, read_frame

log = logging.getLogger(__name__)

LARGEST_EVENT = 4 * 1024 * 1024
"""Bytes of an event; posts hold 3,000 bytes of text, and may quote and list much."""
DICTIONARY_SECONDS = 2.0
"""How long a host may take to send its dictionary; without an answer, version 1 is spoken."""
_MAGIC = b"\x37\xa4\x30\xec"
"""With it a zstd dictionary begins; its id follows (RFC 8878, section 5)."""


class JetstreamWire(Protocol):
    """One version of the wire."""

    version: int

    def address(self, host: str, cursor: int) -> str:
        """Return what to connect to for all posts from a time (µs) on."""

    def line(self, message: str | bytes) -> bytes:
        """Return the JSON of a message, which is what captures keep."""

    def event(self, line: bytes, received_at: int) -> Event:
        """Decode a line; never raises."""


class WireV1:
    """What all hosts speak: plain JSON."""

    version = 1

    def address(self, host: str, cursor: int) -> str:
        """Return the address of the subscription."""
        query = {"wantedCollections": POSTS, "cursor": cursor}
        return f"{host}/subscribe?{urlencode(query)}"

    def line(self, message: str | bytes) -> bytes:
        """Return the message."""
        return message.encode() if isinstance(message, str) else message

    def event(self, line: bytes, received_at: int) -> Event:
        """Decode an event."""
        return read_event(line, received_at)


class WireV2:
    """Version 2, compressed with the host's own dictionary."""

    version = 2

    def __init__(self, dictionary: bytes) -> None:
        """Raises zstandard.ZstdError for a dictionary that cannot be used."""
        self._id = int.from_bytes(dictionary[4:8], "little")
        kept = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_FULLDICT)
        self._decompressor = zstandard.ZstdDecompressor(dict_data=kept)

    def address(self, host: str, cursor: int) -> str:
        """Return the address of the subscription; a cursor so large is a time."""
        query = {"collections": POSTS, "cursor": cursor, "zstdDictionary": self._id}
        return f"{host}/xrpc/network.bsky.jetstream.subscribeEvents?{urlencode(query)}"

    def line(self, message: str | bytes) -> bytes:
        """Return the frame inside a message; one that cannot be decompressed stays as it is."""
        if isinstance(message, str):
            return message.encode()
        try:
            return self._decompressor.decompress(message, max_output_size=LARGEST_EVENT)
        except zstandard.ZstdError:
            return message

    def event(self, line: bytes, received_at: int) -> Event:
        """Decode a frame."""
        return read_frame(line, received_at)


V1 = WireV1()


def offered_wire(host: str) -> JetstreamWire:
    """Return version 2 if a host sends the dictionary for it, else version 1; never raises."""
    address = f"http{host.removeprefix('ws')}/xrpc/network.bsky.jetstream.getZstdDictionary"
    try:
        answer = requests.get(address, timeout=DICTIONARY_SECONDS)
        if answer.status_code == requests.codes.ok and answer.content.startswith(_MAGIC):
            return WireV2(answer.content)
    except (requests.RequestException, zstandard.ZstdError) as error:
        log.info("%s offers no version 2 of Jetstream: %s", host, type(error).__name__)
    return V1
