"""The rules that X holds for us, kept in step with the wanted streams without a reconnect."""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

import msgspec
import requests
import tweepy

from streams.live.report import Fault
from streams.stream import Stream
from streams.x_rules import Inside, RuleError, RulePlan, rules_for
from workers.sources.source import LAST_POSTS, Followed
from workers.sources.x.client import XClient

log = logging.getLogger(__name__)

OURS = re.compile(r"[0-9a-f]{16}")
"""Tags of ours; rules with other tags belong to others and are left alone."""
REREAD_SECONDS = 3600.0
"""How old our view of X's rules may be when they are changed."""
MAX_RULES = 1_000
"""Rules in a self-serve project (X: filtered stream page)."""


class RuleRoute(msgspec.Struct, frozen=True):
    """A stream that a rule feeds, and where its posts must lie."""

    stream_id: str
    inside: Inside = ()


class RuleBook:
    """X's rules as last seen, and which streams each of them feeds.

    X takes a rule text once only, so streams that ask for the same thing share a rule: routes go by
    rule id. The tag, which is made from the text, serves until X has told a rule's id.
    """

    def __init__(self, client: XClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._ids: dict[str, str] = {}  # rule text -> rule id, as last seen
        self._stale = True
        self._texts: dict[str, str] = {}  # rule id -> rule text, also of rules deleted just now
        self._routes: dict[str, tuple[RuleRoute, ...]] = {}  # rule text -> routes
        self._by_tag: dict[str, tuple[RuleRoute, ...]] = {}
        self._read_at = 0.0
        self.undeleted: tuple[str, ...] = ()
        """Rules that no stream needs any more and that X did not delete."""
        self._last: dict[tuple[str, RuleRoute], float] = {}  # routes given up -> when they end

    @property
    def empty(self) -> bool:
        """Whether no stream is fed: X refuses a connection without rules."""
        return not self._routes

    def forget(self) -> None:
        """Read X's rules anew at the next change."""
        self._stale = True

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Add what is missing, then delete what is left over, so that an edit leaves no gap.

        Raises tweepy.TweepyException or requests.RequestException; the next call then reads the
        rules anew.
        """
        plans, followed = _plan(wanted)
        routes = _routes(plans)
        by_tag = {_tag(text): feeds for text, feeds in routes.items()}
        given_up = _pairs(self._routes) - _pairs(routes)
        self._by_tag = {tag: feeds for tag, feeds in by_tag.items() if tag in self._by_tag}
        self._last = {**self._last, **dict.fromkeys(given_up, inf)}
        self._routes = {text: feeds for text, feeds in routes.items() if text in self._ids}
        try:
            self._sync(routes, by_tag, followed)
        except (tweepy.TweepyException, requests.RequestException):
            self.forget()
            raise
        finally:
            self._end_routes(given_up)
        return followed

    def _end_routes(self, given_up: set[tuple[str, RuleRoute]]) -> None:
        """Whether X has deleted the rules or not, their routes end after LAST_POSTS."""
        now = self._clock()
        ends = {**self._last, **dict.fromkeys(given_up, now + LAST_POSTS)}
        held = _pairs(self._routes)
        self._last = {pair: end for pair, end in ends.items() if end > now and pair not in held}
        known = self._ids.keys() | {text for text, _ in self._last}
        self._texts = {key: text for key, text in self._texts.items() if text in known}

    def _sync(
        self,
        routes: dict[str, tuple[RuleRoute, ...]],
        by_tag: dict[str, tuple[RuleRoute, ...]],
        followed: dict[str, Followed],
    ) -> None:
        held = self._held()
        missing = [text for text in routes if text not in held]
        self._by_tag = by_tag
        if missing:
            rules = [tweepy.StreamRule(text, _tag(text)) for text in missing]
            answer = self._client.add_rules(rules).json()
            self._learn(answer.get("data") or ())
            for fault in _faults(answer):
                for route in routes.get(fault[0], ()):
                    followed[route.stream_id] = msgspec.structs.replace(
                        followed[route.stream_id], fault=fault[1]
                    )
        self._routes = {text: feeds for text, feeds in routes.items() if text in held}
        surplus = [text for text in held if text not in routes]
        self.undeleted = ()
        if surplus:
            self._delete(surplus, held)

    def _delete(self, surplus: Sequence[str], held: dict[str, str]) -> None:
        """Delete rules, and believe only what X counts: one that stays goes on to bill."""
        answer = self._client.delete_rules([held[text] for text in surplus]).json()
        deleted = (answer.get("meta") or {}).get("summary", {}).get("deleted")
        if deleted == len(surplus) and not answer.get("errors"):
            for text in surplus:
                del held[text]
            return
        self.forget()
        held = self._held()
        self.undeleted = tuple(text for text in surplus if text in held)
        if self.undeleted:
            log.error(
                "X did not delete %d of %d rules, which go on to bill; trying again: %s",
                len(self.undeleted),
                len(surplus),
                _reasons(answer),
            )

    def feeds(self, rules: Sequence[tuple[str, str]]) -> tuple[RuleRoute, ...]:
        """Return the routes of a post's matching rules, each (id, tag), each once."""
        if len(rules) == 1 and not self._last:
            text = self._texts.get(rules[0][0])
            return self._by_tag.get(rules[0][1], ()) if text is None else self._routes.get(text, ())
        routes: list[RuleRoute] = []
        for rule_id, tag in rules:
            text = self._texts.get(rule_id)
            if text is not None:
                routes += (*self._last_of(text), *self._routes.get(text, ()))
            else:
                routes += self._by_tag.get(tag, ())
        return tuple(dict.fromkeys(routes))

    def _last_of(self, text: str) -> list[RuleRoute]:
        if not self._last:
            return []
        now = self._clock()
        return [pair[1] for pair, end in self._last.items() if pair[0] == text and end > now]

    def _held(self) -> dict[str, str]:
        if self._stale or self._clock() - self._read_at > REREAD_SECONDS:
            answer: dict[str, Any] = self._client.get_rules().json()
            self._ids = {}
            self._stale = False
            self._read_at = self._clock()
            self._learn(rule for rule in answer.get("data") or () if _ours(rule))
        return self._ids

    def _learn(self, rules: Any) -> None:
        for rule in rules:
            self._ids[rule["value"]] = rule["id"]
            self._texts[rule["id"]] = rule["value"]


def _ours(rule: dict[str, str]) -> bool:
    return bool(OURS.fullmatch(rule.get("tag") or ""))


def _plan(wanted: Sequence[Stream]) -> tuple[dict[str, RulePlan], dict[str, Followed]]:
    """Write the rules of each stream; one that cannot be written is that stream's fault alone."""
    plans: dict[str, RulePlan] = {}
    followed: dict[str, Followed] = {}
    room = MAX_RULES
    for stream in wanted:
        try:
            plan = rules_for(stream.filter)
        except RuleError as error:
            followed[stream.id] = Followed(stream.generation, Fault(error.code, str(error)))
            continue
        room -= len(plan.rules)
        if room < 0:
            text = f"X takes {MAX_RULES} rules for all streams together. Stop another stream."
            followed[stream.id] = Followed(stream.generation, Fault("too_many_rules", text))
            continue
        plans[stream.id] = plan
        followed[stream.id] = Followed(stream.generation, note=plan.note)
    return plans, followed


def _routes(plans: dict[str, RulePlan]) -> dict[str, tuple[RuleRoute, ...]]:
    routes: dict[str, tuple[RuleRoute, ...]] = {}
    for stream_id, plan in plans.items():
        for rule in plan.rules:
            route = RuleRoute(stream_id, rule.inside)
            routes[rule.value] = (*routes.get(rule.value, ()), route)
    return routes


def _tag(text: str) -> str:
    """Make a tag from nothing but the rule: it tells nobody whose streams ask for it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _pairs(routes: dict[str, tuple[RuleRoute, ...]]) -> set[tuple[str, RuleRoute]]:
    return {(text, route) for text, feeds in routes.items() for route in feeds}


def _reasons(answer: dict[str, Any]) -> str:
    parts = [error.get("detail") or error.get("title") for error in answer.get("errors") or ()]
    return "; ".join(str(part) for part in parts if part)[:300] or "X gives no reason"


def _faults(answer: dict[str, Any]) -> list[tuple[str, Fault]]:
    """Rule errors come inside a 2xx body; `details` is a list or `detail` a string."""
    faults = []
    for error in answer.get("errors") or ():
        details = error.get("details") or [error.get("detail") or error.get("title") or "no reason"]
        text = "X does not accept the filter: " + " ".join(str(part) for part in details)[:300]
        faults.append((str(error.get("value", "")), Fault("rule_refused", text)))
    return faults
