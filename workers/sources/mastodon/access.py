"""Access to an instance: its address and token, from the settings or as somebody added them."""

from collections.abc import Callable

import msgspec

from streams.secret import SecretBox, SecretError
from streams.settings import Settings
from streams.store.instances import Instances


class NoAccessError(LookupError):
    """There is no token to connect with; the text says what to do."""


class InstanceAccess(msgspec.Struct, frozen=True):
    """Where to connect and as whom. What people typed leads to public addresses only."""

    address: str
    token: str
    is_public_only: bool = False


Access = Callable[[], InstanceAccess]
"""Returns the access that holds now; raises NoAccessError or StoreError."""
NOT_SET = "No Mastodon instance is set. Add one on the page Clients, or set MASTODON_INSTANCE and"
NOT_SET += " MASTODON_TOKEN and start Weir again."


def access_of_settings(settings: Settings) -> Access:
    """Return the access that the operator set for everybody."""
    if not (settings.mastodon_instance and settings.mastodon_token):
        return _refused(NOT_SET)
    access = InstanceAccess(settings.mastodon_instance, settings.mastodon_token)
    return lambda: access


def access_of(instances: Instances, instance_id: int, settings: Settings) -> Access:
    """Return the access that somebody added on the page."""

    def read() -> InstanceAccess:
        found = instances.access(instance_id)
        if found is None:
            raise NoAccessError("The instance was removed. Choose another one for this stream.")
        instance, sealed = found
        try:
            token = SecretBox(settings.secret_key).open(sealed)
        except SecretError as error:
            text = f"The token of {instance.address} cannot be read ({error}). Add it again."
            raise NoAccessError(text) from error
        is_public_only = not settings.mastodon_private_instances
        return InstanceAccess(instance.address, token, is_public_only)

    return read


def instance_of(slot: str) -> int | None:
    """Return which instance a slot such as `mastodon:5`, or `mastodon:5:x@lab`, is for."""
    parts = slot.partition("@")[0].split(":")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None


def _refused(text: str) -> Access:
    def refuse() -> InstanceAccess:
        raise NoAccessError(text)

    return refuse
