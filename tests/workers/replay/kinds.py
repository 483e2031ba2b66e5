"""One made-up member of each kind of file that people have, with the posts that it holds."""

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from typing import Any

import zstandard

from tests.workers.replay import files


def v1_posts(count: int = 3) -> list[dict[str, Any]]:
    return [json.loads(files.v1(10**15 + n, f"hail {n}", n)) for n in range(count)]


def v2_lines(count: int = 3) -> list[dict[str, Any]]:
    return [json.loads(files.twarc_stream(10**15 + n, f"rain {n} ☔", n)) for n in range(count)]


def lines(values: list[Any], end: str = "\n") -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + end for value in values).encode()


def page(count: int = 3) -> dict[str, Any]:
    return {
        "data": [files.v2(10**15 + n, f"rain {n}", n) for n in range(count)],
        "includes": {"users": [{"id": "42", "username": "demo"}]},
        "meta": {"result_count": count},
    }


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_js", ".js"), data)
    return out.getvalue()


def tarred(members: dict[str, bytes], mode: Any = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def script(posts: list[dict[str, Any]], name: str = "tweets") -> bytes:
    wrapped = [{"tweet": {**post, "full_text": post["text"]}} for post in posts]
    return f"window.YTD.{name}.part0 = {json.dumps(wrapped, indent=2)}".encode()


def warc(body: bytes, content_type: str = "application/json", *, chunked: bool = False) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n".encode()
    if chunked:
        half = len(body) // 2
        pieces = [body[:half], body[half:], b""]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        head += b"Transfer-Encoding: chunked\r\n"
    block = head + b"\r\n" + body
    record = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0>\r\n"
        "WARC-Date: 2026-03-01T08:00:00Z\r\nWARC-Target-URI: https://api.example/x.json\r\n"
        "Content-Type: application/http;msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    ).encode()
    return gzip.compress(record + block + b"\r\n\r\n")


def skippable(data: bytes) -> bytes:
    return b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + data


def wide(data: bytes) -> bytes:
    """A frame whose header asks for a window of 256 MiB."""
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=False)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(data) + packer.flush()


def table(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def tcat_row(number: int) -> dict[str, Any]:
    return {
        "id": 10**15 + number,
        "time": 1425283200,
        "created_at": "2015-03-02 08:00:00",
        "from_user_name": "demo",
        "text": f"hail {number},\nsecond line",
        "lang": "en",
        "lat": 40.41,
        "lng": -3.7,
        "from_user_id": 42,
    }


def twarc_row(number: int) -> dict[str, Any]:
    return {
        "id": 10**15 + number,
        "referenced_tweets.replied_to.id": "7",
        "author_id": 42,
        "created_at": "2026-03-01T08:00:00.000Z",
        "text": f"rain {number}",
        "lang": "en",
        "author.username": "demo",
        "geo.full_name": "Madrid, Spain",
        "geo.geo.bbox": "[-3.88, 40.31, -3.51, 40.64]",
    }


def toot(number: int) -> dict[str, Any]:
    return {
        "id": str(number),
        "created_at": "2026-05-25T14:20:00.000Z",
        "language": "en",
        "uri": f"https://social.example/users/demo/statuses/{number}",
        "content": f"<p>Rain &amp; hail<br />part {number}</p>",
        "reblog": None,
        "account": {"id": "42", "acct": "demo@social.example", "display_name": "Demo"},
    }


def framed(number: int, operation: str = "create") -> dict[str, Any]:
    event = commit(number, operation)
    moment = "2026-05-25T14:23:29.132431Z"
    payload = {"seq": number, "did": event["did"], "time": moment, **event["commit"]}
    payload["$type"] = "network.bsky.jetstream.subscribeEvents#commit"
    return {"$type": "message", "payload": payload}


def commit(number: int, operation: str = "create") -> dict[str, Any]:
    record = {"$type": "app.bsky.feed.post", "text": f"rain {number}", "langs": ["en"]}
    return {
        "did": "did:plc:demo",
        "time_us": 1779719009132431,
        "kind": "commit",
        "commit": {
            "operation": operation,
            "collection": "app.bsky.feed.post",
            "rkey": f"key{number}",
            "record": {**record, "createdAt": "2026-05-25T14:23:28.778Z"},
        },
    }


def activity(number: int) -> dict[str, Any]:
    return {
        "id": f"tag:search.twitter.com,2005:{10**15 + number}",
        "objectType": "activity",
        "verb": "post",
        "postedTime": "2016-03-01T08:00:00.000Z",
        "body": f"rain {number}",
        "actor": {"id": "id:twitter.com:42", "preferredUsername": "demo", "displayName": "Demo"},
        "generator": {"displayName": "Twitter for Android"},
        "twitter_lang": "en",
    }


def nan_line(number: int) -> bytes:
    line = json.dumps({**v2_lines()[number], "score": float("nan"), "low": float("-inf")})
    return line.encode() + b"\n"


def without(post: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in post.items() if name not in names}


def numeric(line: dict[str, Any]) -> dict[str, Any]:
    data = {**line["data"], "id": int(line["data"]["id"]), "author_id": 42, "lang": None}
    rules = [{"id": 1377000000000000000, "tag": None}]
    return {**line, "data": data, "matching_rules": rules, "new": {"x": [None]}}


PLAIN = lines(v2_lines())
TEXT = PLAIN.decode()
KINDS: dict[str, tuple[bytes, int]] = {
    "bom.jsonl": (b"\xef\xbb\xbf" + PLAIN, 3),
    "bom_twice.jsonl": (b"\xef\xbb\xbf" + PLAIN + b"\xef\xbb\xbf" + lines(v1_posts()), 6),
    "bom.jsonl.gz": (gzip.compress(b"\xef\xbb\xbf" + PLAIN), 3),
    "utf16_marked.jsonl": (TEXT.encode("utf-16"), 3),
    "utf16_le.jsonl": (TEXT.encode("utf-16-le"), 3),
    "utf16_be.jsonl": (TEXT.encode("utf-16-be"), 3),
    "utf16_be_marked.jsonl": (b"\xfe\xff" + TEXT.encode("utf-16-be"), 3),
    "utf16_array.json.gz": (gzip.compress(json.dumps(v2_lines(), indent=1).encode("utf-16")), 3),
    "utf32.jsonl": (TEXT.encode("utf-32"), 3),
    "crlf.jsonl": (lines(v2_lines(), "\r\n\r\n"), 3),
    "cr.jsonl": (lines(v2_lines(), "\r"), 3),
    "no_last_end.jsonl": (PLAIN.rstrip(b"\n"), 3),
    "numbers.jsonl": (lines([numeric(each) for each in v2_lines()]), 3),
    "nan.jsonl": (nan_line(0) + nan_line(1), 2),
    "surrogate.jsonl": (PLAIN.replace("☔".encode(), b"\\ud83d"), 3),
    "bad_utf8.jsonl": (PLAIN.replace("☔".encode(), b"\xff"), 3),
    "v1_without_user.jsonl": (lines([without(each, "user") for each in v1_posts()]), 3),
    "v1_id_as_number.jsonl": (lines([without(each, "id_str") for each in v1_posts()]), 3),
    "v1_odd_place.jsonl": (lines([{**each, "place": 7, "user": []} for each in v1_posts()]), 3),
    "array.json": (json.dumps(v2_lines()).encode(), 3),
    "array_of_lines.json": (b"[\n" + PLAIN.replace(b"\n", b",\n").rstrip(b",\n") + b"\n]", 3),
    "array_indented.json": (json.dumps(v1_posts(), indent=4).encode(), 3),
    "arrays.jsonl": (lines([v2_lines(2), v2_lines(3)]), 5),
    "page.json": (json.dumps(page()).encode(), 3),
    "page_indented.json": (json.dumps(page(), indent=2).encode(), 3),
    "pages_indented.json": (json.dumps(page(), indent=2).encode() * 2, 6),
    "v1_search.json": (json.dumps({"statuses": v1_posts()}, indent=1).encode(), 3),
    "flat_array.json": (json.dumps(page()["data"]).encode(), 3),
    "tweets.js": (script(v1_posts()), 3),
    "tweet.js": (script(v1_posts(), "tweet"), 3),
    "archive.zip": (
        zipped(data__tweets_js=script(v1_posts()), data__like_js=script([]), index=b"<html>"),
        3,
    ),
    "lines.zip": (zipped(a=PLAIN, b=PLAIN), 6),
    "lines.jsonl.bz2": (bz2.compress(PLAIN[:100]) + bz2.compress(PLAIN[100:]), 3),
    "lines.jsonl.xz": (lzma.compress(PLAIN), 3),
    "lines.tar": (tarred({"a.json": PLAIN, "b.json.bz2": bz2.compress(PLAIN)}), 6),
    "lines.tar.gz": (tarred({"a/b.json": PLAIN}, "w:gz"), 3),
    "lines.tar.xz": (tarred({"a/b.json.gz": gzip.compress(PLAIN)}, "w:xz"), 3),
    "frames.jsonl.zst": (files.zst(PLAIN[:50]) + files.zst(PLAIN[50:]), 3),
    "skippable.jsonl.zst": (skippable(files.zst(PLAIN[:50])) + skippable(files.zst(PLAIN[50:])), 3),
    "wide.jsonl.zst": (wide(PLAIN), 3),
    "search.warc.gz": (warc(json.dumps(page(), indent=1).encode()), 3),
    "timeline.warc.gz": (warc(json.dumps(v1_posts()).encode()) * 2, 6),
    "stream.warc.gz": (warc(lines(v1_posts(), "\r\n") + b"\r\n\r\n", chunked=True), 3),
    "gnip.json": (lines([activity(n) for n in range(3)]) + lines([{"info": {"count": 3}}]), 3),
    "gnip_results.json": (json.dumps({"results": [activity(1)], "next": "x"}).encode(), 1),
    "jetstream.jsonl": (lines([commit(n) for n in range(3)] + [commit(1, "delete")]), 2),
    "jetstream_v2.jsonl": (
        lines([framed(n) for n in range(3)] + [framed(1, "delete")] + [{"$type": "error"}]),
        2,
    ),
    "mastodon.jsonl": (lines([toot(n) for n in range(3)]), 3),
    "mastodon_array.json": (json.dumps([toot(n) for n in range(3)], indent=2).encode(), 3),
    "mastodon_events.jsonl": (
        lines([{"event": "update", "payload": json.dumps(toot(n))} for n in range(2)]),
        2,
    ),
    "sequence.json": (b"".join(b"\x1e" + each + b"\n" for each in PLAIN.splitlines()), 3),
    "pandas.json": (
        json.dumps([{**files.v2(7, "rain"), "created_at": 1772352000000, "score": None}]).encode(),
        1,
    ),
    "old_archive.js": (
        b"Grailbird.data.tweets_2014_01 =\n"
        + json.dumps(
            [{**each, "created_at": "2014-01-02 08:00:00 +0000"} for each in v1_posts()]
        ).encode(),
        3,
    ),
    "cut_stream.warc": (
        gzip.decompress(warc(lines(v1_posts(), "\r\n"), chunked=True)).replace(b"\r\n0\r\n", b""),
        3,
    ),
    "tcat.csv": (table([tcat_row(n) for n in range(3)]), 3),
    "tcat.tsv": (table([tcat_row(n) for n in range(3)], "\t"), 3),
    "twarc.csv": (b"\xef\xbb\xbf" + table([twarc_row(n) for n in range(3)]), 3),
    "twarc.csv.gz": (gzip.compress(table([twarc_row(n) for n in range(3)])), 3),
}
"""By file name: its bytes, and how many posts an export of it has."""

NOTHING: dict[str, tuple[bytes, str]] = {
    "objects.jsonl": (lines([{"hello": "world"}, {"rows": 3}]), "keys hello"),
    "page.html": (b"<!DOCTYPE html><html></html>", "HTML"),
    "pages.warc.gz": (warc(b"<html></html>", "text/html"), "WARC of HTML pages"),
    "ids.json": (b"1990000000000000001\n1990000000000000002\n", "list of post ids"),
    "text.json": (b"nothing of the kind\n", "not JSON"),
    "empty.json": (b"", "empty"),
    "seven.zip": (b"7z\xbc\xaf\x27\x1c" + bytes(60), "7z"),
    "broken.jsonl.gz": (gzip.compress(PLAIN)[:30], "damaged"),
}
"""By file name: its bytes, which hold no post, and what the one line must say of them."""
