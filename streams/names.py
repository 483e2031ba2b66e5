"""Every name that two processes must agree on: tasks, queues, rooms, events, Redis keys."""

from pathlib import Path

TASK_COLLECT = "weir.collect"
TASK_START = "weir.start_stream"
TASK_STOP = "weir.stop_stream"
TASK_RECONCILE = "weir.reconcile"
TASK_TAG = "weir.tag"
TASK_TRY = "weir.try_filter"
TASK_EXPORT = "weir.export"
TASK_CHECK_INSTANCE = "weir.check_instance"

QUEUE_COLLECT = "collect"
QUEUE_CONTROL = "control"
QUEUE_TAG = "tag"
QUEUE_JOBS = "jobs"
"""The queue of long work that nobody watches live; workers that collect nothing take it."""

NAMESPACE = "/stream"
EVENT_POSTS = "posts"
EVENT_STATUS = "status"
EVENT_LEGACY_POST = "json"
EVENT_DELETED = "deleted"
EVENT_EDITED = "edited"

ANY = "any"
"""The machine of a plan that leaves the choice to the server."""
DEFAULT = "default"
"""All collectors without a name of their own: one of them at a time serves what they share."""

CHANNEL_FRAMES = "weir:frames"
"""Pub/sub channel that carries one message a batch from the relay to every web process."""

CHANNEL_DELETED = "weir:deleted"
"""Pub/sub channel on which every web process hears which posts were deleted."""

CHANNEL_EDITED = "weir:edited"
"""Pub/sub channel on which every web process hears which posts have a later version."""

RECONCILED = "weir:reconciled"
"""Redis key that lives while nobody need reconcile again."""
MACHINES = "weir:machines"
"""Redis hash of the machines that have collectors, by name."""
WATCH = "weir:watch"
"""Redis key of when somebody began to look, without a break, whether machines answer."""
SOCKETS = "weir:sockets"
"""Redis hash of the sockets by account that each web process has open, by process."""
APP_CONNECTS = "weir:connects"
"""Prefix of a Redis hash of connects to X, by machine: of an account's clients, or of a slot."""
STARTING = "weir:starting"
"""Redis key of the web process that starts a stream, or changes a filter, at this moment."""
MODELS = "weir:models"
"""Redis hash of the models that taggers took up, by version."""
TAGGERS = "weir:taggers"
"""Redis hash of the version that each tagger uses now, by name of the tagger."""


def room(stream_id: str) -> str:
    """Name the Socket.IO room whose members watch a stream."""
    return f"stream:{stream_id}"


def legacy_room(stream_id: str) -> str:
    """Name the room of the old dashboard client's sockets for a stream of theirs."""
    return f"old:{stream_id}"


def slot_of(source: str, machine: str | None) -> str:
    """Name the connection slot of a source, on a machine of its own choice or on any.

    X allows one connection an app, so a machine that is chosen needs credentials of its own.
    """
    return f"{source}@{machine}" if machine else source


def source_of(slot: str) -> str:
    """Name the source of a slot, which may be `source:stream` and on a machine of its own."""
    return slot.partition("@")[0].partition(":")[0]


def slot_path(data_dir: Path, slot: str, ending: str) -> Path:
    """Name a file in which a collector keeps what the next owner of its slot needs."""
    return data_dir / "slots" / f"{slot.replace('/', '_')}{ending}"


def collect_queue(slot: str) -> str:
    """Name the queue from which a slot's machine, or any, takes collectors."""
    _, _, machine = slot.partition("@")
    return f"{QUEUE_COLLECT}.{machine}" if machine else QUEUE_COLLECT


def limit_key(name: str, caller: str) -> str:
    """Redis key of the requests of one kind that a caller sent lately."""
    return f"weir:limit:{name}:{caller}"


def lease_key(slot: str) -> str:
    """Redis key of the lease on a slot: its owner, with a time to live."""
    return f"weir:lease:{slot}"


def fence_key(slot: str) -> str:
    """Redis key of the fencing counter of a slot."""
    return f"weir:fence:{slot}"


def report_key(slot: str) -> str:
    """Redis key of what the owner of a slot last said of itself."""
    return f"weir:report:{slot}"


def wakeup_channel(slot: str) -> str:
    """Pub/sub channel on which the owner of a slot is told to look at the wanted states."""
    return f"weir:nudge:{slot}"


def spending_key(period: str) -> str:
    """Redis hash of what collectors have reserved in a day or month, by limit."""
    return f"weir:spending:{period}"


def done_key(slot: str, fence: int) -> str:
    """Redis list onto which the relay puts the number of each batch it has sent on."""
    return f"weir:done:{slot}:{fence}"


def relayed_key(batch: str) -> str:
    """Redis key that marks a batch as relayed, so that a redelivered task sends nothing twice."""
    return f"weir:seen:{batch}"


def batch_key(batch: str) -> str:
    """Redis key of a batch on its way to a tagger, packed; the task carries its name alone."""
    return f"weir:batch:{batch}"


def attempts_key(batch: str) -> str:
    """Redis counter of the taggers that began a batch and did not finish."""
    return f"weir:attempts:{batch}"


def live_key(stream_id: str) -> str:
    """Redis hash of a stream: its sequence number and its totals by label."""
    return f"weir:live:{stream_id}"


def ring_key(stream_id: str) -> str:
    """Redis list of the most recent posts of a stream, oldest first."""
    return f"weir:ring:{stream_id}"


def deleted_key(stream_id: str) -> str:
    """Redis hash of posts and authors whose posts the relay holds back: they were deleted."""
    return f"weir:forgotten:{stream_id}"


def second_key(stream_id: str, minute: int) -> str:
    """Redis hash of the counts by second and label in one minute (minutes since the epoch)."""
    return f"{seconds_prefix(stream_id)}{minute}"


def seconds_prefix(stream_id: str) -> str:
    """Begin the names of a stream's hashes of counts by second."""
    return f"weir:second:{stream_id}:"


def minutes_key(slot: str) -> str:
    """Redis hash of counts by stream, minute and label that are not in SQL yet."""
    return f"weir:minutes:{slot}"


def minutes_aside_key(slot: str) -> str:
    """Redis hash of such counts while they are written to SQL."""
    return minutes_key(slot) + ":aside"


def pending_field(token: str) -> str:
    """Field of those hashes that says that the counts of a batch, or of a token, are in them."""
    return f"@{token}"


def trial_key(trial_id: str) -> str:
    """Redis key of a trial of a filter."""
    return f"weir:trial:{trial_id}"


def heartbeat_key(role: str, name: str) -> str:
    """Redis key that a worker process renews while it lives."""
    return f"weir:alive:{role}:{name}"
