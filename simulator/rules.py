"""The rules of one app: kept, limited, and taken into effect a little later, as X does."""

import time
from collections.abc import Callable
from typing import Any

import gevent

from simulator.grammar import Node, RuleSyntaxError, parse
from simulator.matcher import Matcher
from simulator.posts import snowflakes
from simulator.problems import TYPES
from simulator.settings import SimulatorSettings

Object = dict[str, Any]
_ids = snowflakes()


class StreamRule:
    """One rule as its app sees it."""

    __slots__ = ("id", "node", "tag", "value")

    def __init__(self, value: str, tag: str | None, node: Node) -> None:
        self.id = next(_ids)
        self.value = value
        self.tag = tag
        self.node = node

    def shown(self) -> Object:
        """Return it in the API's shape; an untagged rule has no `tag`."""
        shown = {"id": self.id, "value": self.value}
        return shown | {"tag": self.tag} if self.tag is not None else shown


class AppRules:
    """All rules of an app. `active` matches; it follows the rules after the set delay."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._rules: dict[str, StreamRule] = {}
        self._version = 0
        self._active_version = 0
        self.active: Matcher[StreamRule] = Matcher(())

    def __len__(self) -> int:
        return len(self._rules)

    @staticmethod
    def sent() -> str:
        """Return the time for an answer's `meta`."""
        return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())

    def all(self) -> list[StreamRule]:
        """Return the rules in the order in which they were added."""
        return list(self._rules.values())

    def add(self, wanted: list[Object], dry_run: bool) -> Object:
        """Add rules `{"value", "tag"?}`; give X's answer, errors included."""
        created: list[StreamRule] = []
        errors: list[Object] = []
        known = {rule.value: rule for rule in self._rules.values()}
        for entry in wanted:
            value, tag = entry["value"].strip(), entry.get("tag")
            if value in known:
                errors.append(_duplicate(value, known[value].id))
                continue
            try:
                rule = StreamRule(value, tag, self._check(value, len(known)))
            except RuleSyntaxError as error:
                errors.append(_invalid(value, str(error)))
            except _CapError as error:
                errors.append(_over_cap(value, str(error)))
            else:
                known[value] = rule
                created.append(rule)
        if not dry_run and created:
            self._rules |= {rule.id: rule for rule in created}
            self._take_effect()
        refused = len(errors)
        valid = len(created)
        summary = {
            "created": valid,
            "not_created": refused,
            "valid": valid,
            "invalid": refused,
        }
        answer: Object = {"data": [rule.shown() for rule in created]} if created else {}
        answer["meta"] = {"sent": self.sent(), "summary": summary}
        return answer | ({"errors": errors} if errors else {})

    def delete(
        self,
        chosen: Callable[[StreamRule], bool],
        asked: int | None,
        dry_run: bool,
        kept: int = 0,
        claimed: int = 0,
    ) -> Object:
        """Delete the chosen rules; `asked` is how many the caller named. Gives X's answer.

        The first `kept` of them stay, and of these `claimed` are counted as deleted.
        """
        gone = [rule.id for rule in self._rules.values() if chosen(rule)][kept:]
        if not dry_run and gone:
            for rule_id in gone:
                del self._rules[rule_id]
            self._take_effect()
        missing = max(0, (asked or 0) - len(gone) - claimed)
        summary = {"deleted": len(gone) + claimed, "not_deleted": missing}
        answer: Object = {"meta": {"sent": self.sent(), "summary": summary}}
        if missing:
            answer["errors"] = [_not_there()] * missing
        return answer

    def _check(self, value: str, count: int) -> Node:
        if len(value) > self._settings.rule_length():
            limit = self._settings.rule_length()
            raise RuleSyntaxError(
                f"Rule length is {len(value)}, the limit is {limit} characters", 1
            )
        node = parse(value)
        if count >= self._settings.rule_cap():
            raise _CapError(f"Rules may number {self._settings.rule_cap()} at most.")
        return node

    def _take_effect(self) -> None:
        self._version += 1
        version, rules = self._version, self.all()

        def switch() -> None:
            if version > self._active_version:
                self._active_version = version
                self.active = Matcher(rules)

        if self._settings.rule_delay:
            gevent.spawn_later(self._settings.rule_delay, switch)
        else:
            switch()


class _CapError(Exception):
    """No room for another rule."""


def _duplicate(value: str, rule_id: str) -> Object:
    kind = TYPES + "duplicate-rules"
    return {"value": value, "id": rule_id, "title": "DuplicateRule", "type": kind}


def _invalid(value: str, detail: str) -> Object:
    kind = TYPES + "invalid-rules"
    return {"value": value, "details": [detail], "title": "UnprocessableEntity", "type": kind}


def _over_cap(value: str, detail: str) -> Object:
    kind = TYPES + "rule-cap"
    return {"value": value, "detail": detail, "title": "RulesCapExceeded", "type": kind}


def _not_there() -> Object:
    return {
        "errors": [{"parameters": {}, "message": "Rule does not exist"}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": TYPES + "invalid-request",
    }
