"""Resending: a batch whose task was lost with a killed tagger goes to the taggers again."""

import logging
from collections.abc import Callable, Collection

import msgspec
import redis

from streams import names
from streams.batch import Batch
from streams.live import batches

log = logging.getLogger(__name__)


def send_again(
    client: redis.Redis,
    batch_ids: Collection[str],
    send: Callable[[Batch], None],
    on_sent: Callable[[str], None],
) -> None:
    """Send batches again that Redis keeps and no tagger has relayed, unless their task waits there.

    A batch is relayed once, however often it is sent. Raises LiveStoreError, or what `send` does:
    the rest is as before then, and goes out the next time.
    """
    if not batch_ids:
        return
    tasks = client.lrange(names.QUEUE_TAG, 0, -1)  # few: batches in flight are bounded
    waiting = b"".join(each for each in tasks if isinstance(each, bytes))
    for batch_id in batch_ids:
        if msgspec.json.encode(batch_id) in waiting:  # in quotes: no id is the beginning of another
            continue
        if batch := batches.read(client, batch_id):
            log.warning("no tagger relayed batch %s; it is sent again", batch_id)
            send(batch)
            on_sent(batch_id)
