"""The app-only bearer token: the only one that can stream (X: authentication mapping)."""

import requests

from streams.settings import Settings

TIMEOUT = 10


def bearer_of(settings: Settings) -> str:
    """Return X_BEARER_TOKEN, or fetch it with key and secret (POST /oauth2/token).

    The same call returns the same token, so nothing is kept. Raises requests.HTTPError when X
    refuses, requests.RequestException when X cannot be reached.
    """
    if settings.x_bearer_token:
        return settings.x_bearer_token
    answer = requests.post(
        f"{settings.x_api_base}/oauth2/token",
        auth=(settings.x_api_key, settings.x_api_secret),
        data={"grant_type": "client_credentials"},
        timeout=TIMEOUT,
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])
