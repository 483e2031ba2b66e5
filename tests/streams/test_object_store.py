"""What is said of a store never holds what its options keep secret."""

import pytest

from streams.object_store import ObjectStore

OPTIONS = {
    "key": "AKIAMADEUP",
    "secret": "hunter2hunter2",
    "anon": False,
    "client_kwargs": {"endpoint_url": "http://127.0.0.1:9", "hosts": ["https://u:pw@h"]},
    "use": "on",
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no such bucket", "no such bucket"),
        ("bad key AKIAMADEUP", "bad key …"),
        ("AKIAMADEUP/hunter2hunter2 is refused\nby hunter2hunter2", "…/… is refused"),
        ("nobody at http://127.0.0.1:9 on", "nobody at http://127.0.0.1:9 on"),
        ("nobody at https://u:pw@h", "nobody at …"),
        ("", "OSError"),
        ("\n", "OSError"),
        ("x" * 999, "x" * 300),
    ],
)
def test_secrets_are_taken_out_of_what_a_store_complains_of(text: str, said: str) -> None:
    assert ObjectStore("s3://bucket", OPTIONS).describe(OSError(text)) == said


def test_options_are_for_stores_of_the_same_kind_only() -> None:
    store = ObjectStore("s3://bucket", OPTIONS)
    assert store.options_for("s3://another/folder") == OPTIONS
    assert store.options_for("sftp://bucket") == {}
