"""/instances: the caller's Mastodon instances, whose tokens are kept encrypted, never shown."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from streams.instance import MAX_INSTANCES, Instance, checked_address, checked_token
from streams.live.report import Fault
from streams.names import TASK_CHECK_INSTANCE
from streams.plan import Plan
from streams.secret import SecretBox
from streams.stream import Wanted
from web.api.route import ApiCall, ApiRoute
from web.context import context
from web.errors import ApiError, translate_errors
from web.limits import RateLimit

CheckState = Literal["unchecked", "works", "refused"]
CHECKS = RateLimit(10, 0.2)
"""Each makes a worker connect to a machine that somebody names."""


class NewInstance(Struct, forbid_unknown_fields=True):
    """The address of an instance and an access token of an account there.

    An address that is there already gets the token in place of its own.
    """

    address: Annotated[str, Meta(max_length=1000)]
    token: Annotated[str, Meta(max_length=1000)]


class InstanceAnswer(Struct):
    """An instance, without its token. Times are ms since the epoch.

    `state` is what the last check came to, at `checked_at`, and `fault` what was wrong.
    """

    id: int
    address: str
    added_at: int
    checked_at: int | None
    state: CheckState
    fault: Fault | None


class InstanceList(Struct):
    """The instances of the caller; `default` is the one that every stream may read."""

    items: list[InstanceAnswer]
    default: str | None


def listing(call: ApiCall) -> InstanceList:
    """List the caller's instances."""
    chosen = context().settings
    mine = context().store.instances.of_account(call.account.id)
    default = chosen.mastodon_instance if chosen.mastodon_token else None
    return InstanceList([_answer(each) for each in mine], default)


def add(call: ApiCall) -> InstanceAnswer:
    """Add an instance, or give it another token, and have it checked."""
    body: NewInstance = call.body
    with translate_errors():
        may_be_private = context().settings.mastodon_private_instances
        address = checked_address(body.address, may_be_private=may_be_private)
        token = checked_token(body.token)
    mine = context().store.instances.of_account(call.account.id)
    if len(mine) >= MAX_INSTANCES and address not in {each.address for each in mine}:
        text = f"an account has at most {MAX_INSTANCES} instances: remove one first"
        raise ApiError(409, "too_many_instances", text)
    sealed = SecretBox(context().settings.secret_key).seal(token)
    now = context().now()
    added = context().store.instances.put(call.account.id, address, sealed, now)
    context().store.people.record(
        now, call.account.id, call.account.id, "instance_added", address=address
    )
    with translate_errors():
        context().tasks.send(TASK_CHECK_INSTANCE, str(added.id))
    return _answer(added)


def check(call: ApiCall) -> InstanceAnswer:
    """Have a worker try the token."""
    found = _mine(call)
    with translate_errors():
        context().tasks.send(TASK_CHECK_INSTANCE, str(found.id))
    return _answer(found)


def remove(call: ApiCall) -> None:
    """Remove an instance and its token."""
    found, account_id = _mine(call), call.account.id
    using = [
        each.name
        for each in context().store.streams.of_account(account_id)
        if each.plan.instance == found.id and each.wanted is not Wanted.ARCHIVED
    ]
    if using:
        text = f"streams read it: {', '.join(using[:3])}. Archive them, or choose another instance"
        raise ApiError(409, "in_use", text)
    context().store.instances.remove(account_id, found.id)
    context().store.people.record(
        context().now(), account_id, account_id, "instance_removed", address=found.address
    )


def check_instance_of(account_id: int, plan: Plan) -> None:
    """Refuse a plan with an instance that is not the account's."""
    if plan.instance is None:
        return
    if plan.instance not in {each.id for each in context().store.instances.of_account(account_id)}:
        raise ApiError(422, "unknown_instance", "you have no such instance", "plan.instance")


def _mine(call: ApiCall) -> Instance:
    for each in context().store.instances.of_account(call.account.id):
        if str(each.id) == call.path["instance_id"]:
            return each
    raise ApiError(404, "no_such_instance", "you have no such instance")


def _answer(found: Instance) -> InstanceAnswer:
    state: CheckState = "refused" if found.fault else "works"
    return InstanceAnswer(
        id=found.id,
        address=found.address,
        added_at=found.added_at,
        checked_at=found.checked_at,
        state="unchecked" if found.checked_at is None else state,
        fault=found.fault,
    )


_ONE = "/instances/<instance_id>"
routes = (
    ApiRoute("GET", "/instances", "List your Mastodon instances", listing, InstanceList),
    ApiRoute(
        "POST",
        "/instances",
        "Add a Mastodon instance with a token, which is never shown again",
        add,
        InstanceAnswer,
        status=201,
        body=NewInstance,
        refuses=(409, 429, 503),
        limit=CHECKS,
    ),
    ApiRoute(
        "POST",
        _ONE + "/check",
        "Have a worker try whether the instance accepts the token",
        check,
        InstanceAnswer,
        status=202,
        refuses=(429, 503),
        limit=CHECKS,
    ),
    ApiRoute(
        "DELETE",
        _ONE,
        "Remove an instance and its token",
        remove,
        None,
        status=204,
        refuses=(409,),
    ),
)
