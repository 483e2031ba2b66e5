"""An instance that somebody adds is reached by https, on the public internet, and nowhere else."""

import pytest

from streams.filter import FilterError
from streams.instance import checked_address, checked_token, is_public


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://social.example", "https://social.example"),
        (" social.example/ ", "https://social.example"),
        ("https://Social.Example:8443", "https://social.example:8443"),
        ("https://8.8.8.8", "https://8.8.8.8"),
        ("https://[2606:4700::1]", "https://[2606:4700::1]"),
    ],
)
def test_addresses_are_kept_in_one_form(given: str, kept: str) -> None:
    assert checked_address(given, may_be_private=False) == kept


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "bad_address"),
        ("https://", "bad_address"),
        ("https://social.example/api", "bad_address"),
        ("https://ann@social.example", "bad_address"),
        ("https://social.example:0", "bad_address"),
        ("https://social.example:port", "bad_address"),
        ("https://söcial.example", "bad_address"),
        ("http://social.example", "not_secured"),
        ("ftp://social.example", "not_secured"),
        ("http://127.0.0.1:5101", "not_secured"),
        ("https://127.0.0.1", "private_address"),
        ("https://localhost", "private_address"),
        ("https://redis", "private_address"),
        ("https://intranet.local", "private_address"),
        ("https://10.1.2.3", "private_address"),
        ("https://169.254.169.254", "private_address"),
        ("https://[::1]", "private_address"),
        ("https://[::ffff:10.0.0.1]", "private_address"),
        ("https://[fd00::1]", "private_address"),
    ],
)
def test_what_leads_elsewhere_is_refused(given: str, code: str) -> None:
    with pytest.raises(FilterError) as refused:
        checked_address(given, may_be_private=False)
    assert (refused.value.field, refused.value.code) == ("address", code)


def test_private_networks_are_allowed_by_a_setting_and_http_on_this_machine_only() -> None:
    assert checked_address("http://127.0.0.1:5101", may_be_private=True) == "http://127.0.0.1:5101"
    assert checked_address("https://10.1.2.3", may_be_private=True) == "https://10.1.2.3"
    with pytest.raises(FilterError):
        checked_address("http://10.1.2.3", may_be_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("100.64.0.1", "192.168.0.1", "172.16.0.1", "224.0.0.1", "255.255.255.255"),
        *("::", "fe80::1%eth0", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "ff02::1"),
    ],
)
def test_addresses_of_no_public_machine_are_recognised(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("token", ["", "short", "with a blank", "ünïcödé-token", "a" * 501])
def test_what_can_be_no_token_is_refused(token: str) -> None:
    with pytest.raises(FilterError) as refused:
        checked_token(token)
    assert refused.value.field == "token"
