"""The rules endpoints of the filtered stream."""

from typing import Any

from flask import Blueprint, request

from simulator import auth
from simulator.problems import invalid_request
from simulator.rules import StreamRule

Object = dict[str, Any]
blueprint = Blueprint("rules", __name__)
PATH = "/2/tweets/search/stream/rules"


@blueprint.get(PATH)
def listing() -> Any:
    """List the rules, those of `ids` if given, a page at a time if `max_results` says so."""
    app = auth.app_only("rules_get")
    rules = app.rules.all()
    if "ids" in request.args:
        wanted = request.args["ids"].split(",")
        rules = [rule for rule in rules if rule.id in wanted]
    size = _whole("max_results", 1_000, 1_000)
    start = _whole("pagination_token", 0, 10_000_000, least=0)
    page = rules[start : start + size]
    meta: Object = {"sent": app.rules.sent(), "result_count": len(page)}
    if start + size < len(rules):
        meta["next_token"] = str(start + size)
    answer: Object = {"data": [rule.shown() for rule in page]} if page else {}
    return answer | {"meta": meta}


@blueprint.get(PATH + "/counts")
def counts() -> Any:
    """Return how many rules there are and may be."""
    app = auth.app_only("rules_get")
    cap, used = auth.simulator_state().settings.rule_cap(), len(app.rules)
    return {
        "data": {
            "cap_per_client_app": cap,
            "cap_per_project": cap,
            "client_app_rules_count": {"client_app_id": app.id, "rule_count": used},
            "project_rules_count": used,
        }
    }


@blueprint.post(PATH)
def change() -> Any:
    """Add or delete rules; with `dry_run` only tell what would happen."""
    app = auth.app_only("rules_post")
    dry_run = _flag("dry_run")
    if _flag("delete_all"):
        return app.rules.delete(lambda rule: True, None, dry_run)
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict) or len(body) != 1 or not {"add", "delete"} & set(body):
        raise invalid_request("body", "", "The body must hold one of [add,delete]")
    if "add" in body:
        answer = app.rules.add(_additions(body["add"]), dry_run)
        return answer, 201 if answer["meta"]["summary"]["created"] else 200
    return _delete(app, body["delete"], dry_run)


def _delete(app: Any, wanted: Any, dry_run: bool) -> Any:
    if not isinstance(wanted, dict) or not ({"ids", "values"} & set(wanted)):
        raise invalid_request("delete", wanted, "`delete` must hold `ids` or `values`")
    ids, values = wanted.get("ids") or [], wanted.get("values") or []
    for name, given in (("ids", ids), ("values", values)):
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise invalid_request(f"delete.{name}", given, f"`{name}` must be a list of strings")
    if not ids and not values:
        raise invalid_request("delete", wanted, "`delete` names no rules")
    ids, values = set(ids), {value.strip() for value in values}

    def chosen(rule: StreamRule) -> bool:
        return rule.id in ids or rule.value in values

    asked = len(ids) + len(values)
    faults = auth.simulator_state().faults
    kept = claimed = 0
    while kept < sum(map(chosen, app.rules.all())) and (fault := faults.take("undeleted_rules")):
        kept += 1
        claimed += fault.order.all
    return app.rules.delete(chosen, asked, dry_run, kept, claimed)


def _additions(wanted: Any) -> list[Object]:
    if not isinstance(wanted, list) or not wanted:
        raise invalid_request("add", wanted, "`add` must be a list of rules, and not empty")
    for entry in wanted:
        if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
            raise invalid_request("add", entry, "Each rule needs a `value`, which is a string")
        if not isinstance(entry.get("tag") or "", str):
            raise invalid_request("add", entry, "A `tag` is a string")
    return wanted


def _flag(name: str) -> bool:
    """Read a boolean; tweepy writes it with a capital letter."""
    value = request.args.get(name, "false").lower()
    if value not in ("true", "false"):
        raise invalid_request(name, value, f"The `{name}` query parameter must be true or false")
    return value == "true"


def _whole(name: str, default: int, most: int, least: int = 1) -> int:
    value = request.args.get(name, str(default))
    if not (value.isascii() and value.isdigit()) or not least <= int(value[:9]) <= most:
        message = f"The `{name}` query parameter must be between {least} and {most}"
        raise invalid_request(name, value, message)
    return int(value)
