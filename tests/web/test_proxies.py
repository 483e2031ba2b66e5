"""Whose address counts: the peer's, or what trusted proxies say, never what a visitor writes."""

from collections.abc import Callable
from itertools import count

import pytest
import requests

from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.web.site import Site

SECONDS = 60.0


@pytest.mark.parametrize(
    ("proxies", "theirs", "another"),
    [
        ("0", "198.51.100.{}", None),
        ("1", "198.51.100.{}, 203.0.113.1", "198.51.100.1, 203.0.113.2"),
        ("2", "198.51.100.{}, 203.0.113.1, 10.0.0.1", "203.0.113.2, 10.0.0.1"),
    ],
)
def test_a_forged_address_is_no_way_round_a_limit(
    own_site: Callable[..., Site], valkey: Valkey, proxies: str, theirs: str, another: str | None
) -> None:
    site = own_site(valkey.url, TRUSTED_PROXIES=proxies)
    site.processes.stop(f"x-{site.name}")  # so that nobody waits for X

    def sign_in(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded, "Origin": site.url}
        return requests.post(f"{site.url}/api/v1/sign-in", headers=headers, timeout=20).status_code

    numbers = count(1)
    wait_until(lambda: sign_in(theirs.format(next(numbers))) == 429, SECONDS, "a refusal")
    if another:
        assert sign_in(another) != 429

    def guess(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded, "Authorization": "Bearer guessed"}
        return requests.get(f"{site.url}/api/v1/streams", headers=headers, timeout=20).status_code

    assert guess(theirs.format(next(numbers))) == 401
    wait_until(lambda: guess(theirs.format(next(numbers))) == 429, SECONDS, "a refusal")
    if another:
        assert guess(another) == 401
