"""Version 2 of Jetstream's wire: frames, and their compression with a dictionary."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
import zstandard

LEXICON = "network.bsky.jetstream"
DICTIONARY_ID = 20_260_813
_SAMPLES = 400
_DICTIONARY_BYTES = 4096


def frame_of(line: bytes, number: int) -> bytes:
    """Return the frame of an event; what is no event is sent as it is."""
    try:
        event = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return line
    moment = datetime.fromtimestamp(event["time_us"] / 1e6, UTC).isoformat(timespec="microseconds")
    moment = moment.replace("+00:00", "Z")
    kind = event["kind"]
    payload: dict[str, Any] = {
        "$type": f"{LEXICON}.subscribeEvents#{kind}",
        "seq": number,
        "did": event["did"],
        "time": moment,
        "witnessedAt": moment,
    }
    payload |= event["commit"] if kind == "commit" else {kind: event[kind]}
    return msgspec.json.encode({"$type": "message", "payload": payload})


def info(name: str, message: str) -> bytes:
    """Return a frame about the stream itself."""
    payload = {"$type": f"{LEXICON}.subscribeEvents#info", "name": name, "message": message}
    return msgspec.json.encode({"$type": "message", "payload": payload})


@cache
def dictionary() -> zstandard.ZstdCompressionDict:
    """Return the dictionary of this double, made of frames that it could have sent."""
    samples: list[bytes | bytearray | memoryview] = [_sample(number) for number in range(_SAMPLES)]
    return zstandard.train_dictionary(_DICTIONARY_BYTES, samples, dict_id=DICTIONARY_ID)


@cache
def _compressor() -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(dict_data=dictionary())


def compressed(frame: bytes) -> bytes:
    """Return a frame compressed with the dictionary, whose id it names."""
    return _compressor().compress(frame)


def _sample(number: int) -> bytes:
    record = {"$type": "app.bsky.feed.post", "text": f"made-up post {number}", "langs": ["en"]}
    commit = {
        "rev": f"3r{number}",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"3k{number * 7919}",
        "record": record,
    }
    event = {"did": f"did:plc:{number * 104729:024x}", "time_us": 1_790_000_000_000_000 + number}
    return frame_of(msgspec.json.encode({**event, "kind": "commit", "commit": commit}), number)
