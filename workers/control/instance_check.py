"""Checking an instance that somebody added: does it accept the token?"""

import logging

from streams.live.report import Fault
from streams.settings import Settings
from streams.store import Store
from workers.sources.mastodon.access import NoAccessError, access_of
from workers.sources.mastodon.client import InstanceClient, InstanceError
from workers.sources.mastodon.pacing import InstancePacing
from workers.sources.mastodon.public_network import NO_PUBLIC

log = logging.getLogger(__name__)


def check_instance(instance_id: int, settings: Settings, store: Store, now: int) -> None:
    """Open the stream that collectors read, close it, and record what came of it.

    Raises StoreError.
    """
    found = store.instances.access(instance_id)
    if found is None:
        return
    instance, _ = found
    store.instances.record_check(instance, now, _fault(instance_id, settings, store))


def _fault(instance_id: int, settings: Settings, store: Store) -> Fault | None:
    try:
        access = access_of(store.instances, instance_id, settings)()
    except NoAccessError as error:
        return Fault("not_configured", str(error))
    try:
        InstanceClient(access).open_stream().close()
    except InstanceError as error:
        if not error.end.status:
            log.warning("instance %s: %s", access.address, error.end.detail)
            why = f"{NO_PUBLIC}. " if NO_PUBLIC in error.end.detail else ""
            return Fault("unreachable", f"{access.address} cannot be reached. {why}".rstrip())
        pacing = InstancePacing(access.address.partition("//")[2], is_added=True)
        return pacing.after(error.end).fault
    return None
