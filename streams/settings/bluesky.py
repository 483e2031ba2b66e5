"""The settings of Bluesky, whose posts need no account and no key."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

from streams.settings.types import SocketAddress, WebAddress, comma_list

HOSTS = (
    "wss://jetstream2.us-east.bsky.network",
    "wss://jetstream1.us-east.bsky.network",
    "wss://jetstream2.us-west.bsky.network",
    "wss://jetstream1.us-west.bsky.network",
    "wss://jetstream.us-east.bsky.network",
    "wss://jetstream.us-west.bsky.network",
)
"""The public instances of Jetstream; the last two speak version 2 of its wire."""


class BlueskyVariables(BaseSettings):
    """Where posts of Bluesky come from."""

    bluesky_hosts: Annotated[tuple[SocketAddress, ...], NoDecode, BeforeValidator(comma_list)] = (
        Field(
            title="Jetstream hosts that bring Bluesky's posts, tried in turn",
            default=HOSTS,
            min_length=1,
            description="wss:// addresses (ws:// on this machine only), with commas between",
        )
    )
    bluesky_api: WebAddress | None = Field(
        title="Address of Bluesky's public API, which knows the handles of authors",
        default="https://public.api.bsky.app",
        description="an http:// or https:// address",
    )
