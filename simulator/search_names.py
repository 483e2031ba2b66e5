"""The names of recent search's fields: those of X's document 2.167, and those before it."""

from collections.abc import Mapping
from typing import Any, Literal

from simulator.problems import invalid_request

Names = Literal["before", "today"]
_TODAY = {
    "tweet.fields": "post.fields",
    "referenced_tweets": "referenced_posts",
    "note_tweet": "note_post",
    "edit_history_tweet_ids": "edit_history_post_ids",
}
_BEFORE = {today: before for before, today in _TODAY.items()}
_PARAMETERS = ("expansions", "tweet.fields", "post.fields")


def translate(arguments: Mapping[str, str], names: Names) -> dict[str, str]:
    """Return the arguments of a search by their older names.

    Raises the 400 problem for a name that search does not take while `names` is set.
    """
    asked = dict(arguments)
    refused = "post.fields" if names == "before" else "tweet.fields"
    if refused in asked:
        message = f"The query parameter [{refused}] is not one of [{', '.join(_known(names))}]"
        raise invalid_request(refused, asked[refused], message)
    if names == "before":
        return asked
    for parameter in _PARAMETERS:
        for before in [each for each in _split(asked.get(parameter)) if _is_older(each)]:
            message = f"The `{parameter}` query parameter has an invalid value [{before}]"
            raise invalid_request(parameter, asked[parameter], message)
    if "post.fields" in asked:
        asked["tweet.fields"] = _older(asked.pop("post.fields"))
    if "expansions" in asked:
        expanded = _older(asked["expansions"])
        asked["expansions"] = expanded.replace("referenced_tweets", "referenced_tweets.id")
    return asked


def renamed(answer: Any) -> Any:
    """Return an answer by the names of today; `includes.tweets` becomes `includes.posts`."""
    if isinstance(answer, list):
        return [renamed(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    found = {_TODAY.get(name, name): renamed(value) for name, value in answer.items()}
    if "includes" in found and "tweets" in found["includes"]:
        found["includes"]["posts"] = found["includes"].pop("tweets")
    return found


def _is_older(name: str) -> bool:
    return name.partition(".")[0] in _TODAY


def _known(names: Names) -> list[str]:
    fields = "tweet.fields" if names == "before" else "post.fields"
    return ["expansions", "max_results", "query", fields]


def _split(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").split(",")]


def _older(text: str) -> str:
    return ",".join(_BEFORE.get(each, each) for each in _split(text))
