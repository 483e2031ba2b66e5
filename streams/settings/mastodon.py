"""The settings of Mastodon: which instance to read, and as whom."""

from pydantic import Field
from pydantic_settings import BaseSettings

from streams.settings.types import SECURED_EXPECTED, YES_OR_NO, SecuredAddress


class MastodonVariables(BaseSettings):
    """One instance and one token: streams of Mastodon share a connection to it."""

    mastodon_instance: SecuredAddress | None = Field(
        title="Mastodon instance that streams on `mastodon` read, such as https://mastodon.social",
        default=None,
        description=SECURED_EXPECTED,
    )
    mastodon_token: str = Field(
        title="Access token of an account there, with the scope read:statuses",
        default="",
        repr=False,
        pattern=r"^[\x21-\x7e]*$",
        description="an access token without blanks",
    )
    mastodon_private_instances: bool = Field(
        title="whether people may add Mastodon instances of this machine and of private networks",
        default=False,
        description=YES_OR_NO,
    )
