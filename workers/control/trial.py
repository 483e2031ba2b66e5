"""Trying a filter: its rules, a minute's sample, the rate and the cost to expect."""

import logging
from collections.abc import Callable

import msgspec
import redis

from models import Model
from streams.clock import now_ms
from streams.live import trials
from streams.live.report import Fault
from streams.live.trials import Trial
from streams.price import POST_READ_USD, cost_per_day_usd
from streams.settings import Settings
from streams.store import Store
from streams.x_rules import SEARCH, Rule, RuleError, RulePlan, rules_for
from workers.control.trial_spending import TrialRefusedError, TrialSpending
from workers.sources.x.search import MOST_RULES, PAGE, SearchError, sample
from workers.tagger import tag_posts

log = logging.getLogger(__name__)

SHOWN = 20
"""Posts of the sample that are shown."""


def run_trial(
    trial_id: str,
    settings: Settings,
    store: Store,
    client: redis.Redis,
    newest: Callable[[], Model],
) -> None:
    """Carry out a trial and write down what came of it; a trial that has lapsed is left."""
    trial = trials.read(client, trial_id)
    if trial is None or trial.state != "running":
        return
    try:
        plan = rules_for(trial.filter)
        spending = TrialSpending(store, client, trial.account_id, MOST_RULES * PAGE, now_ms())
        read = MOST_RULES * PAGE  # who knows what X bills when it fails
        try:
            tried, read = _tried(trial, plan, settings, newest)
        finally:
            spending.settle(read)
    except TrialRefusedError as error:
        tried = _failed(trial, error.fault.code, error.fault.message)
    except RuleError as error:
        tried = _failed(trial, error.code, str(error))
    except SearchError as error:
        log.warning("a trial failed: %s", error)
        tried = _failed(trial, error.code, str(error))
    trials.write(client, tried)


def _tried(
    trial: Trial, plan: RulePlan, settings: Settings, newest: Callable[[], Model]
) -> tuple[Trial, int]:
    """Return the trial, done, and how many posts X bills for it."""
    rules = tuple(rule.value for rule in plan.rules)
    found = sample(settings, _queries(trial, plan))
    posts = [delivery.post for delivery in found.deliveries[:SHOWN]]
    tag_posts(posts, newest)
    notes = (plan.note, found.note, "Search leaves out retweets; the stream brings them.")
    done = msgspec.structs.replace(
        trial,
        state="done",
        rules=rules,
        posts=tuple(posts),
        rate_per_s=round(found.rate, 3),
        cost_per_day_usd=round(cost_per_day_usd(found.rate), 2),
        cost_usd=round(found.read * POST_READ_USD, 3),
        note=" ".join(filter(None, notes)),
    )
    return done, found.read


def _queries(trial: Trial, plan: RulePlan) -> tuple[Rule, ...]:
    """Ask for the same in shorter rules, as search wants them, if that can be done."""
    try:
        return rules_for(trial.filter, SEARCH).rules
    except RuleError:
        return plan.rules


def _failed(trial: Trial, code: str, message: str) -> Trial:
    return msgspec.structs.replace(trial, state="failed", error=Fault(code, message))
