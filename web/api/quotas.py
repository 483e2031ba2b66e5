"""/quotas: what the caller has used of their limits; /people/quotas: the limits themselves."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from streams.quotas import QuotaLimits, QuotaName
from streams.store import MAX_ID
from web.api.people import no_person, number_of
from web.api.route import ApiCall, ApiRoute
from web.context import context
from web.quotas import QuotaUse


class QuotaList(msgspec.Struct):
    """All limits that there are."""

    items: list[QuotaUse]


class QuotaChange(msgspec.Struct, forbid_unknown_fields=True):
    """Limits to set, by name; null is no limit.

    `subject` is `each` (every account), `total` (all together) or the number of an account. What is
    in `reset` has its default again; for an account, that is the limit of every account.
    """

    subject: Literal["each", "total"] | Annotated[int, Meta(ge=1, le=MAX_ID)]
    limits: dict[QuotaName, Annotated[float, Meta(ge=0, le=1e15)] | None] = {}
    reset: Annotated[list[QuotaName], Meta(max_length=50)] = []


def own(call: ApiCall) -> QuotaList:
    """List the caller's limits and what is used of them."""
    return QuotaList(context().quotas.use(call.account.id))


def limits(_call: ApiCall) -> QuotaLimits:
    """Return the limits that administrators set."""
    return context().store.quotas.limits()


def of_person(call: ApiCall) -> QuotaList:
    """List the limits of an account and what it has used of them."""
    number = number_of(call.path["account_id"])
    if context().store.accounts.get(number) is None:
        raise no_person()
    return QuotaList(context().quotas.use(number))


def change(call: ApiCall) -> QuotaLimits:
    """Set limits; they hold from now on."""
    body: QuotaChange = call.body
    if isinstance(body.subject, int) and context().store.accounts.get(body.subject) is None:
        raise no_person()
    context().store.quotas.set(
        str(body.subject),
        {str(name): limit for name, limit in body.limits.items()},
        context().now(),
        call.account.id,
        [str(name) for name in body.reset],
    )
    return context().store.quotas.limits()


routes = (
    ApiRoute("GET", "/quotas", "Show the caller's limits and what is used of them", own, QuotaList),
    ApiRoute(
        "GET",
        "/people/quotas",
        "Show the limits that administrators set",
        limits,
        QuotaLimits,
        scope="admin",
    ),
    ApiRoute(
        "GET",
        "/people/<account_id>/quotas",
        "Show the limits of an account and what it has used of them",
        of_person,
        QuotaList,
        refuses=(404,),
        scope="admin",
    ),
    ApiRoute(
        "PATCH",
        "/people/quotas",
        "Set limits of every account, of all together, or of one account",
        change,
        QuotaLimits,
        body=QuotaChange,
        refuses=(404,),
        scope="admin",
    ),
)
