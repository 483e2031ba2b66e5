"""Google's geocoder, played by a server here: every answer it can give, and none."""

import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from streams.box import Box
from streams.place import Place
from streams.places import Places, PlacesUnavailable, UnknownPlace

KEY = "a-key-nobody-may-see"


def corners(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return {"southwest": {"lat": south, "lng": west}, "northeast": {"lat": north, "lng": east}}


def result(name: str, country: str, types: list[str], **geometry: Any) -> dict[str, Any]:
    parts = [{"short_name": country, "types": ["country", "political"]}] if country else []
    return {
        "formatted_address": name,
        "types": types,
        "address_components": parts,
        "geometry": {"location": {"lat": 0, "lng": 0}, **geometry},
    }


MADRID = result(
    "Madrid, Spain", "ES", ["locality", "political"],
    bounds=corners(-3.88, 40.31, -3.51, 40.64), viewport=corners(-4, 40, -3, 41),
)  # fmt: skip


class Geocoder:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.code = 200
        self.asked: list[dict[str, list[str]]] = []
        geocoder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                geocoder.asked.append(parse_qs(urlsplit(self.path).query))
                body = geocoder.answers.pop(0) if geocoder.answers else b""
                self.send_response(geocoder.code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/maps/api/geocode/json"
        self.places = Places(KEY, self.url)

    def say(self, status: str, *results: dict[str, Any], **more: Any) -> None:
        self.answers.append(json.dumps({"status": status, "results": results, **more}).encode())


@pytest.fixture
def geocoder() -> Iterator[Geocoder]:
    playing = Geocoder()
    thread = Thread(target=playing.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield playing
    playing.server.shutdown()
    playing.server.server_close()
    thread.join()


def test_bounds_are_preferred_to_the_viewport(geocoder: Geocoder) -> None:
    geocoder.say("OK", MADRID)
    assert geocoder.places.find("Madrid") == Place(
        "Madrid, Spain", Box(-3.88, 40.31, -3.51, 40.64), "ES"
    )
    assert geocoder.asked == [{"address": ["madrid"], "key": [KEY], "language": ["en"]}]


def test_the_viewport_serves_where_there_are_no_bounds(geocoder: Geocoder) -> None:
    geocoder.say("OK", result("Sol", "", ["neighborhood"], viewport=corners(-4, 40, -3, 41)))
    assert geocoder.places.find("Sol") == Place("Sol", Box(-4, 40, -3, 41), None)


def test_a_country_is_known_as_one_and_may_cross_the_antimeridian(geocoder: Geocoder) -> None:
    geocoder.say(
        "OK", result("Fiji", "FJ", ["country", "political"], viewport=corners(177, -21, -178, -12))
    )
    assert geocoder.places.find("Fiji") == Place("Fiji", Box(177, -21, -178, -12), "FJ", True)


def test_the_same_question_is_asked_once(geocoder: Geocoder) -> None:
    geocoder.say("OK", MADRID)
    assert geocoder.places.find("Madrid") == geocoder.places.find("  MADRID ")
    assert len(geocoder.asked) == 1


def test_what_google_does_not_know_brings_near_names_of_the_table(geocoder: Geocoder) -> None:
    geocoder.say("ZERO_RESULTS")
    with pytest.raises(UnknownPlace) as caught:
        geocoder.places.find("Madrit")
    assert caught.value.near[0].startswith("Madrid")


@pytest.mark.parametrize("status", ["INVALID_REQUEST", "OK"])
def test_an_answer_without_a_result_is_an_unknown_place(geocoder: Geocoder, status: str) -> None:
    geocoder.say(status)
    with pytest.raises(UnknownPlace):
        geocoder.places.find("Madrid")


@pytest.mark.parametrize(
    "status", ["OVER_DAILY_LIMIT", "OVER_QUERY_LIMIT", "REQUEST_DENIED", "MADE_UP"]
)
def test_a_refusal_says_what_to_do_and_hides_the_key(
    geocoder: Geocoder,
    caplog: pytest.LogCaptureFixture,
    status: str,
) -> None:
    geocoder.say(status, error_message=f"The provided API key {KEY} is invalid.")
    with (
        caplog.at_level(logging.DEBUG, "streams.places.google"),
        pytest.raises(PlacesUnavailable) as caught,
    ):
        geocoder.places.find("Madrid")
    assert "GOOGLE_GEOCODING_KEY" in str(caught.value)
    assert status in "".join(r.getMessage() for r in caplog.records if "streams" in r.name)
    assert KEY not in "".join(r.getMessage() for r in caplog.records if "streams" in r.name)
    assert KEY not in repr(caught.value)
    assert len(geocoder.asked) == 1


def test_an_unknown_error_is_tried_once_more(geocoder: Geocoder) -> None:
    geocoder.say("UNKNOWN_ERROR")
    geocoder.say("OK", MADRID)
    assert geocoder.places.find("Madrid").country == "ES"
    geocoder.say("UNKNOWN_ERROR")
    geocoder.say("UNKNOWN_ERROR")
    with pytest.raises(PlacesUnavailable):
        geocoder.places.find("Paris")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"status": 5}', b'{"status": "OK", "results": [{}]}', b"\xff"],
)
def test_an_answer_that_is_none_makes_places_unavailable(geocoder: Geocoder, body: bytes) -> None:
    geocoder.answers.append(body)
    with pytest.raises(PlacesUnavailable) as caught:
        geocoder.places.find("Madrid")
    assert caught.value.__cause__ is None
    assert KEY not in repr(caught.value)


def test_a_box_that_is_none_makes_places_unavailable(geocoder: Geocoder) -> None:
    geocoder.say("OK", result("X", "ES", [], viewport=corners(-999, 0, 1, 1)))
    with pytest.raises(PlacesUnavailable):
        geocoder.places.find("X")


def test_a_failure_is_not_remembered(geocoder: Geocoder) -> None:
    geocoder.say("OVER_QUERY_LIMIT")
    with pytest.raises(PlacesUnavailable):
        geocoder.places.find("Madrid")
    geocoder.say("OK", MADRID)
    assert geocoder.places.find("Madrid").country == "ES"


def test_nobody_at_the_address_is_said_without_the_key(geocoder: Geocoder) -> None:
    geocoder.server.shutdown()
    geocoder.server.server_close()
    with pytest.raises(PlacesUnavailable) as caught:
        geocoder.places.find("Madrid")
    assert KEY not in repr(caught.value)
    assert "did not answer" in str(caught.value)


@pytest.mark.parametrize("text", ["", " , ", "a" * 5_000, "\x00", "😀"])
def test_what_cannot_be_a_place_is_not_even_asked(geocoder: Geocoder, text: str) -> None:
    with pytest.raises(UnknownPlace):
        geocoder.places.find(text)
    assert geocoder.asked == []
