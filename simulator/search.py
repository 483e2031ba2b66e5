"""GET /2/tweets/search/recent over the same posts that the stream delivers."""

import time
from datetime import datetime
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from simulator import auth, fields, search_names
from simulator.billing import utc_day
from simulator.grammar import All, Node, RuleSyntaxError, Some, Term, parse
from simulator.matcher import compile_node
from simulator.posts import SimulatedPost
from simulator.problems import invalid_request
from simulator.stream import check_budget
from simulator.subject import Subject
from simulator.turns import in_turns

blueprint = Blueprint("search", __name__)
LONGEST_QUERY = 512
# Search has no such operators (X's documents).
_ABSENT = frozenset({"sample", "bio", "bio_name", "bio_location"})


@blueprint.get("/2/tweets/search/recent")
def recent() -> Any:
    """Find posts, newest first; page with `next_token`, bound with ids or times."""
    who = auth.caller()
    auth.count(who.app, "search")
    check_budget(who.app)
    names = auth.simulator_state().settings.search_names
    selection = fields.parse(search_names.translate(request.args, names))
    node = _query(request.args.get("query", ""))
    size = _size()
    test = compile_node(node, fold_accents=True)
    keyword = _has_word(node)
    low, high = _bounds()
    found: list[SimulatedPost] = []
    for post in in_turns(auth.simulator_state().corpus.newest_first()):
        if int(post.id) <= low:
            break
        if int(post.id) >= high or not _in_time(post):
            continue
        if keyword and post.refers("retweeted"):
            continue
        if test(Subject(post, search=True)):
            found.append(post)
            if len(found) > size:
                break
    page, more = found[:size], len(found) > size
    day = utc_day(time.time())
    for post in page:
        who.app.meter.count(post, day)
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta = {"newest_id": page[0].id, "oldest_id": page[-1].id} | meta
    if more:
        meta["next_token"] = f"b26v{int(page[-1].id):x}"
    answer: dict[str, Any] = {"meta": meta}
    if page:
        answer = {"data": [selection.data(post) for post in page]} | answer
        if includes := selection.includes(page):
            answer["includes"] = includes
    if names == "today":
        answer = search_names.renamed(answer)
    return Response(msgspec.json.encode(answer), mimetype="application/json")


def _query(text: str) -> Node:
    if not text.strip():
        raise invalid_request("query", text, "The `query` query parameter can not be empty")
    if len(text) > LONGEST_QUERY:
        message = f"The `query` has {len(text)} characters, the limit is {LONGEST_QUERY}"
        raise invalid_request("query", text, message)
    try:
        node = parse(text)
    except RuleSyntaxError as error:
        message = f"There were errors processing your request: {error}"
        raise invalid_request("query", text, message) from None
    for term in _terms(node):
        if term.operator in _ABSENT:
            message = f"Reference to invalid operator '{term.operator}'"
            raise invalid_request("query", text, message)
    return node


def _terms(node: Node) -> list[Term]:
    if isinstance(node, Term):
        return [node]
    assert isinstance(node, All | Some)  # noqa: S101 - there is no fourth kind
    return [term for part in node.parts for term in _terms(part)]


def _has_word(node: Node) -> bool:
    """Return whether a query looks for words, for which X returns no retweets (since May 2026)."""
    return any(term.operator == "word" and not term.negated for term in _terms(node))


def _size() -> int:
    value = request.args.get("max_results", "10")
    if not (value.isascii() and value.isdigit()) or not 10 <= int(value[:6]) <= 100:
        message = (
            f"The `max_results` query parameter value [{value[:20]}] is not between 10 and 100"
        )
        raise invalid_request("max_results", value, message)
    return int(value)


def _bounds() -> tuple[int, int]:
    """Return the ids between which to look, both excluded."""
    low, high = _id("since_id", -1), _id("until_id", 2**63)
    token = request.args.get("next_token") or request.args.get("pagination_token")
    if token:
        try:
            high = min(high, int(token.removeprefix("b26v"), 16))
        except ValueError:
            message = "The `next_token` query parameter is not valid"
            raise invalid_request("next_token", token, message) from None
    return low, high


def _id(name: str, default: int) -> int:
    value = request.args.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 19):
        raise invalid_request(name, value, f"The `{name}` query parameter is not a post id")
    return int(value)


def _in_time(post: SimulatedPost) -> bool:
    asked = [request.args.get(name) for name in ("start_time", "end_time")]
    if not any(asked):
        return True
    bounds: list[float] = []
    for name, value, default in zip(
        ("start_time", "end_time"), asked, (0.0, float("inf")), strict=True
    ):
        try:
            bounds.append(datetime.fromisoformat(value).timestamp() if value else default)
        except ValueError:
            raise invalid_request(name, value, f"The `{name}` is not a time") from None
    made = datetime.fromisoformat(post.data["created_at"]).timestamp()
    return bounds[0] <= made < bounds[1]
