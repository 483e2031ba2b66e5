"""Quotas: refuses what would pass a limit, and names the limit and who can raise it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import msgspec

from streams.filter import Filter
from streams.quotas import (
    NEWCOMERS,
    QUOTAS,
    RULES_FOR_EVERYBODY,
    SPENDING,
    QuotaLimits,
    QuotaName,
    Spent,
    Unit,
)
from streams.sources import SOURCES, is_recorded, uses_rules
from streams.store import Store
from streams.stream import Stream, Wanted
from streams.x_rules import RuleError, rules_for
from web.errors import ApiError


class QuotaUse(msgspec.Struct, frozen=True):
    """A limit and what is used of it; null is no limit.

    `each_limit` holds for accounts without one of their own (`is_own`), `total_` for all accounts
    together.
    """

    name: str
    title: str
    unit: Unit
    used: float
    limit: float | None
    each_limit: float | None
    total_used: float
    total_limit: float | None
    is_own: bool


class QuotaKeeper:
    """Counts what accounts take: running streams, rules at X, replays, bytes, what is spent."""

    def __init__(
        self,
        store: Store,
        sockets: Callable[[], Mapping[int, int]],
        upload_bytes: Callable[[], Mapping[int, float]],
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._sockets = sockets
        self._upload_bytes = upload_bytes
        self._now = now

    def check_start(self, stream: Stream) -> None:
        """Refuse to start a stream that would pass a limit; one that runs may go on."""
        if stream.wanted is Wanted.RUNNING or stream.source not in SOURCES:
            return
        limits, running = self._store.quotas.limits(), self._running()
        account_id = stream.account_id
        name: QuotaName = "replays_running" if is_recorded(stream.source) else "streams_running"
        alike = [each for each in running if is_recorded(each.source) == is_recorded(stream.source)]
        self._check(limits, name, account_id, Counter(each.account_id for each in alike), 1)
        if uses_rules(stream.source):
            self._check_rules(limits, running, stream)
        is_paid = SOURCES[stream.source].post_read_usd > 0
        if is_paid and any(_is_limited(limits, account_id, each) for each in SPENDING):
            spent = self._store.quotas.spent(self._now())
            for each in SPENDING:
                self._check(limits, each, account_id, _field(spent, each))
        if stream.plan.capture is not None and _is_limited(limits, account_id, "capture_bytes"):
            self._check(limits, "capture_bytes", account_id, self._store.quotas.capture_bytes())

    def check_filter(self, stream: Stream) -> None:
        """Refuse a new filter of a running stream that would take too many rules at X."""
        if stream.wanted is Wanted.RUNNING and uses_rules(stream.source):
            others = [each for each in self._running() if each.id != stream.id]
            self._check_rules(self._store.quotas.limits(), others, stream)

    def room_for_upload(self, account_id: int) -> int | None:
        """Return how many bytes an account may still upload, or refuse; None is no limit."""
        limits = self._store.quotas.limits()
        used = self._upload_bytes()
        self._check(limits, "upload_bytes", account_id, used)
        left = (
            (limits.of_account(account_id, "upload_bytes"), used.get(account_id, 0)),
            (limits.in_total("upload_bytes"), sum(used.values())),
        )
        return min((int(limit - taken) for limit, taken in left if limit is not None), default=None)

    def socket_refusal(self, account_id: int) -> str | None:
        """Return why an account may not open one more socket; None when it may."""
        try:
            self._check(self._store.quotas.limits(), "sockets", account_id, self._sockets(), 1)
        except ApiError as error:
            return str(error)
        return None

    def use(self, account_id: int) -> list[QuotaUse]:
        """Return every limit of an account, and what is used of it."""
        limits, running = self._store.quotas.limits(), self._running()
        spent = self._store.quotas.spent(self._now())
        recorded = [each for each in running if is_recorded(each.source)]
        live = [each for each in running if not is_recorded(each.source)]
        used: dict[QuotaName, Mapping[int, float]] = {
            "streams_running": Counter(each.account_id for each in live),
            "replays_running": Counter(each.account_id for each in recorded),
            "x_rules": {key: len(rules) for key, rules in _rules_by_account(live).items()},
            "capture_bytes": self._store.quotas.capture_bytes(),
            "upload_bytes": self._upload_bytes(),
            "sockets": self._sockets(),
        }
        used |= {name: _field(spent, name) for name in SPENDING}
        return [
            QuotaUse(
                name,
                kind.title,
                kind.unit,
                used[name].get(account_id, 0),
                limits.of_account(account_id, name),
                limits.of_account(0, name),
                sum(used[name].values()),
                limits.in_total(name),
                name in limits.of.get(account_id, {}),
            )
            for name, kind in QUOTAS.items()
        ]

    def _running(self) -> list[Stream]:
        return self._store.streams.running(*SOURCES)

    def _check_rules(self, limits: QuotaLimits, running: Iterable[Stream], new: Stream) -> None:
        """Refuse a stream whose rules pass the account's limit, or what the others can count on."""
        taken = _rules_by_account([*running, new])
        mine = taken[new.account_id]
        added = mine - _rules_by_account(running).get(new.account_id, frozenset())
        counts = {key: len(rules) for key, rules in taken.items()}
        most, limit = limits.of_account(new.account_id, "x_rules"), limits.in_total("x_rules")
        if added and most is not None and len(mine) > most:
            raise self._refusal(
                "x_rules", f"your limit is {most:g}, and this would make {len(mine)}"
            )
        if limit is None or len(mine) <= RULES_FOR_EVERYBODY:
            return
        kept = NEWCOMERS * RULES_FOR_EVERYBODY + sum(
            max(0, RULES_FOR_EVERYBODY - counts.get(each.id, 0))
            for each in self._store.people.all()
            if each.id != new.account_id and each.role != "viewer" and each.suspended_at is None
        )
        at_x = len(frozenset().union(*taken.values()))  # accounts share a rule of the same text
        if added and at_x + min(kept, limit // 2) > limit:
            raise self._refusal("x_rules", "the rest is kept for the other accounts")

    def _check(
        self,
        limits: QuotaLimits,
        name: QuotaName,
        account_id: int,
        used: Mapping[int, float],
        more: float = 0,
    ) -> None:
        """Refuse `more` of what an account, or all, have used; without it, what is full."""
        mine, limit = used.get(account_id, 0), limits.of_account(account_id, name)
        if limit is not None and (mine + more > limit or (not more and mine >= limit)):
            raise self._refusal(name, f"your limit is {limit:g}, and {mine:g} are used")
        everybody, total = sum(used.values()), limits.in_total(name)
        if total is not None and (everybody + more > total or (not more and everybody >= total)):
            why = f"the limit of this Weir is {total:g}, and {everybody:g} are used"
            raise self._refusal(name, why)

    def _refusal(self, name: QuotaName, why: str) -> ApiError:
        """Return an error that names the limit and who can raise it."""
        bosses = [
            each.handle
            for each in self._store.people.all()
            if each.role == "administrator" and each.suspended_at is None
        ]
        who = f"An administrator ({', '.join(bosses[:3])})" if bosses else "An administrator"
        text = f"{QUOTAS[name].title}: {why}. {who} can raise it on the page People"
        return ApiError(409, "quota_exceeded", text)


def _is_limited(limits: QuotaLimits, account_id: int, name: QuotaName) -> bool:
    """Return whether there is a limit: what is used need not be added up otherwise."""
    return limits.of_account(account_id, name) is not None or limits.in_total(name) is not None


def _rules_by_account(running: Iterable[Stream]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for each in running:
        if uses_rules(each.source):
            rules = _rules_of(each.filter)
            found[each.account_id] = found.get(each.account_id, frozenset()) | rules
    return found


@lru_cache(maxsize=4096)
def _rules_of(wanted: Filter) -> frozenset[str]:
    try:
        return frozenset(each.value for each in rules_for(wanted).rules)
    except RuleError:
        return frozenset()


def _field(spent: Mapping[int, Spent], name: QuotaName) -> dict[int, float]:
    return {key: getattr(each, name) for key, each in spent.items()}
