"""Notes on streams that Weir stopped because nobody watched them, for their owners to read."""

from redis import Redis

from streams.stream import Stream, Wanted

KEPT_SECONDS = 30 * 86_400


def write(client: Redis, stopped: Stream, minutes: float) -> None:
    """Record that a stream was stopped after so many minutes without a viewer."""
    client.set(_key(stopped.id), f"{stopped.changed_at} {minutes:g}", ex=KEPT_SECONDS)


def read(client: Redis, stream: Stream) -> str | None:
    """Return the note, as long as the stream is stopped and nobody has changed it since."""
    if not stream.old or stream.wanted is not Wanted.STOPPED:
        return None
    text = client.get(_key(stream.id))
    stamp = text.decode() if isinstance(text, bytes) else ""
    changed_at, _, minutes = stamp.partition(" ")
    if changed_at != str(stream.changed_at):
        return None
    return f"Weir stopped this stream because nobody had watched it for {minutes} minutes."


def _key(stream_id: str) -> str:
    return f"weir:idle_stop:{stream_id}"
