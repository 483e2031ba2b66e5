"""HTML and statuses of Mastodon, read as posts: tables of what comes and what is shown."""

from typing import Any

import msgspec
import pytest

from workers.sources.mastodon.html_text import plain_text
from workers.sources.mastodon.status import BadStatus, StatusPost, read_status

LONG = (
    '<a href="https://example.org/a/long/path?x=1&amp;y=2" rel="nofollow noopener">'
    '<span class="invisible">https://</span><span class="ellipsis">example.org/a/lo</span>'
    '<span class="invisible">ng/path?x=1&amp;y=2</span></a>'
)
MENTION = (
    '<span class="h-card" translate="no"><a href="https://social.example/@ann"'
    ' class="u-url mention">@<span>ann</span></a></span>'
)
HASHTAG = (
    '<a href="https://social.example/tags/Rain" class="mention hashtag">#<span>Rain</span></a>'
)

TEXTS = {
    "lines and paragraphs": ("<p>one<br>two<br />three</p><p>four</p>", "one\ntwo\nthree\n\nfour"),
    "empty lines": ("a<br><br><br><br>b", "a\n\nb"),
    "blanks that a browser joins": ("<p>a \n  b\t c</p>\n\n<p> d</p>", "a b c\n\nd"),
    "entities": ("<p>1 &lt; 2 &amp;&amp; &quot;x&quot; &#39;y&#39;</p>", "1 < 2 && \"x\" 'y'"),
    "an entity is decoded once": ("<p>&amp;lt;b&amp;gt;</p>", "&lt;b&gt;"),
    "a shortened link": (
        f"<p>see {LONG} now</p>",
        "see https://example.org/a/long/path?x=1&y=2 now",
    ),
    "a link with a text of its own": (
        '<a href="https://example.org/x">read this</a>',
        "read this (https://example.org/x)",
    ),
    "a link that shows another address": (
        '<a href="https://evil.example/">https://bank.example/</a>',
        "https://bank.example/ (https://evil.example/)",
    ),
    "a link without www and slash": (
        '<a href="https://www.example.org/">example.org</a>',
        "https://www.example.org/",
    ),
    "a link to nowhere on the web": ('<a href="javascript:alert(1)">press</a>', "press"),
    "an address without quotes": ("<a href=https://example.org>it</a>", "it (https://example.org)"),
    "a picture as a link": (
        '<a href="https://example.org/p"><img alt="a cat" src="x"></a>',
        "a cat (https://example.org/p)",
    ),
    "a mention": (f"<p>{MENTION} hello</p>", "@ann hello"),
    "a hashtag": (f"<p>{HASHTAG}!</p>", "#Rain!"),
    "a hashtag as others write it": (
        '<a href="https://other.example/tag/rain" rel="tag">#rain</a>',
        "#rain",
    ),
    "a list": (
        "<p>need</p><ul><li>milk</li><li>tea</li></ul><p>ok</p>",
        "need\n\n- milk\n- tea\n\nok",
    ),
    "a quotation": ("<blockquote>said</blockquote>so", "said\n\nso"),
    "code": ("<pre><code>if x:\n    y &amp; z</code></pre>", "if x:\n    y & z"),
    "capitals in markup": ("<P>a<BR>b</P>", "a\nb"),
    "an emoji picture": ('ha <img class="emoji" alt=":cat:" src="x">', "ha :cat:"),
    "nothing": ("", ""),
    "only markup": ("<p></p><br>", ""),
    # Bad HTML: whatever is not a tag is text.
    "a sign that is no tag": ("a < b and <3", "a < b and <3"),
    "an open paragraph": ("<p>a<p>b", "a\n\nb"),
    "an open link": ('x <a href="https://example.org/">go', "x go (https://example.org/)"),
    "a link in a link": (
        '<a href="https://a.example/">a<a href="https://b.example/">b</a></a>',
        "a (https://a.example/)b (https://b.example/)",
    ),
    "a hidden span that stays open": (
        '<p><span class="invisible">x<p>shown</p>',
        "shown",
    ),
    "a closing tag too many": ("</a></span></p>a</div>", "a"),
    "a tag that the end cuts off": ('a <a href="https://exa', 'a <a href="https://exa'),
    "a comment": ("<!-- hidden -->seen", "seen"),
    "a quote that stays open": ('<a href="https://x.example>a</a>b', "ab"),
}


@pytest.mark.parametrize(("content", "text"), TEXTS.values(), ids=TEXTS.keys())
def test_html_becomes_the_text_that_the_author_wrote(content: str, text: str) -> None:
    assert plain_text(content) == text


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", '<a "', "</a ", "&", "<span>", '<a href="x">', "<li>", "a=", "<"]
)
def test_hostile_html_does_not_hold_up_the_stream(piece: str) -> None:
    # The parser of the standard library takes half a minute for some of these; here all ten take
    # a fraction of a second.
    assert plain_text("<p>a</p>" + piece * (200_000 // len(piece))).startswith("a")


def status(**fields: Any) -> dict[str, Any]:
    """Make up a status of real shape."""
    return {
        "id": "113000000000000001",
        "created_at": "2026-11-22T04:00:01.123Z",
        "in_reply_to_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": "https://social.example/users/ann/statuses/113000000000000001",
        "url": "https://social.example/@ann/113000000000000001",
        "edited_at": None,
        "content": "<p>Rain</p>",
        "reblog": None,
        "application": {"name": "Mastodon for Android", "website": None},
        "account": {
            "id": "7",
            "username": "ann",
            "acct": "ann@other.example",
            "display_name": "Ann",
            "avatar": "https://files.example/a.png",
        },
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        **fields,
    }


def read(**fields: Any) -> StatusPost:
    found = read_status(msgspec.json.encode(status(**fields)), 42)
    assert isinstance(found, StatusPost), found
    return found


def test_a_status_becomes_a_post() -> None:
    found = read()
    post = msgspec.to_builtins(found.post)
    wanted = {
        "id": "113000000000000001",
        "text": "Rain",
        "source": "android",
        "platform": "mastodon",
        "kind": "post",
        "created_at": "2026-11-22T04:00:01.123Z",
        "received_at": 42,
        "lang": "en",
        "url": "https://social.example/@ann/113000000000000001",
        "coords": None,
        "place": None,
        "author": {
            "id": "7",
            "handle": "ann@other.example",
            "name": "Ann",
            "avatar": "https://files.example/a.png",
        },
    }
    assert {name: post[name] for name in wanted} == wanted
    assert (found.edited_at, found.public, found.more) == (None, True, ())


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a warning": ({"spoiler_text": "Weather"}, {"text": "Weather\nRain"}),
    "a warning alone": ({"spoiler_text": "Weather", "content": ""}, {"text": "Weather"}),
    "a picture without words": (
        {
            "content": "",
            "media_attachments": [{"description": " a wet cat "}, {"description": None}],
        },
        {"text": "a wet cat"},
    ),
    "a reply": ({"in_reply_to_id": "1"}, {"kind": "reply"}),
    "a quote": ({"quote": {"state": "accepted"}}, {"kind": "quote"}),
    "no language": ({"language": None}, {"lang": None}),
    "a language of an area": ({"language": "zh-TW"}, {"lang": "zh-TW"}),
    "a language that is none": ({"language": "x" * 50}, {"lang": None}),
    "no device": ({"application": None}, {"source": "other"}),
    "no name": (
        {"account": {"id": "7", "username": "ann", "acct": "ann", "display_name": ""}},
        {"author": {"id": "7", "handle": "ann", "name": "ann"}},
    ),
    "no account": ({"account": None}, {"author": None}),
    "no page of its own": ({"url": None}, {"url": status()["uri"]}),
    "an address that is no page": (
        {"url": "javascript:alert(1)", "uri": "tag:social.example,2026:1"},
        {"url": None},
    ),
    "an avatar that is no page": (
        {"account": {"id": "7", "acct": "ann", "avatar": "data:image/png;base64,AA=="}},
        {"author": {"id": "7", "handle": "ann"}},
    ),
    "an id that is a number": ({"id": 5}, {"id": "5"}),
    "lists that are null": ({"tags": None, "media_attachments": None}, {"text": "Rain"}),
    "values of other types": (
        {"language": 3.5, "application": "Web", "spoiler_text": ["x"], "account": 3},
        {"text": "Rain", "source": "other", "author": None},
    ),
}


@pytest.mark.parametrize(("fields", "wanted"), CASES.values(), ids=CASES.keys())
def test_what_a_status_lacks_or_adds(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    post = msgspec.to_builtins(read(**fields).post)
    assert {name: post[name] for name in wanted} == wanted


def test_a_boost_shows_its_original_and_names_both_authors() -> None:
    inner = status(content="<p>Hail</p>", language="de", account={"id": "8", "acct": "bob"})
    post = read(id="2", content="", url=None, reblog=inner).post
    assert (post.id, post.kind, post.text, post.lang) == ("2", "retweet", "Hail", "de")
    assert post.author is not None
    assert post.original is not None
    assert (post.author.id, post.original.id) == ("7", "8")
    assert post.url == inner["url"]


def test_a_later_version_says_when_it_was_edited() -> None:
    assert read(edited_at="2026-11-22T05:00:00.000Z").edited_at == "2026-11-22T05:00:00.000Z"


def test_hashtags_that_are_not_written_can_be_searched_for_but_are_not_shown() -> None:
    tags = [{"name": "Rain"}, {"name": "hail"}]
    found = read(content=f"<p>Look {HASHTAG}</p>", tags=tags)
    assert found.post.text == "Look #Rain"
    assert found.more == ("#hail",)


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_what_was_not_meant_for_everybody_is_known_as_such(visibility: str) -> None:
    assert not read(visibility=visibility).public


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"{", "not_json"),
        (b"", "not_json"),
        (b'{"id": "\xff"}', "bad_utf8"),
        (b"[]", "wrong_type"),
        (b"{}", "no_id"),
        (b'{"id": null, "content": "x"}', "no_id"),
        (b'{"id": "1", "content": "<p></p>"}', "no_text"),
        (b"[" * 100_000, "wrong_type"),
    ],
)
def test_what_is_no_status_is_named(raw: bytes, kind: str) -> None:
    found = read_status(raw, 0)
    assert isinstance(found, BadStatus)
    assert found.kind == kind
