"""Trials over REST: what would a filter bring?"""

from secrets import token_hex

from msgspec import Struct

from streams.filter import Filter
from streams.live import trials
from streams.live.report import Fault
from streams.live.trials import Trial
from streams.post import Post
from streams.topics import TASK_TRY
from web.api.route import Call, Route
from web.api.stream_bodies import FilterBody, filter_of
from web.errors import Refusal, refusals
from web.limits import Limit
from web.parts import parts

TRIALS = Limit(10, 0.2)
"""Each costs up to 300 posts at X's price."""


class TrialStarted(Struct):
    """Which trial to ask for."""

    id: str


class TrialAnswer(Struct):
    """How a trial goes; rates and costs are estimates, `cost_usd` is what the trial cost."""

    id: str
    state: str
    rules: tuple[str, ...]
    posts: tuple[Post, ...]
    rate_per_s: float
    cost_per_day_usd: float
    cost_usd: float
    note: str | None
    error: Fault | None


def begin(call: Call) -> TrialStarted:
    """Ask for a trial."""
    trial = Trial(token_hex(8), call.account.id, filter_of(call.body, Filter()))
    trials.write(parts().redis, trial)
    with refusals():
        parts().tasks.send(TASK_TRY, trial.id)
    return TrialStarted(trial.id)


def show(call: Call) -> TrialAnswer:
    """Tell how it goes."""
    trial = trials.read(parts().redis, call.path["trial_id"])
    if trial is None or trial.account_id != call.account.id:
        raise Refusal(404, "no_such_trial", "there is no such trial: they are kept for ten minutes")
    return TrialAnswer(**{name: getattr(trial, name) for name in TrialAnswer.__struct_fields__})


routes = (
    Route(
        "POST",
        "/try",
        "Try a filter before saving it: rules, a minute's sample, rate and cost",
        begin,
        TrialStarted,
        status=202,
        body=FilterBody,
        refuses=(429, 503),
        limit=TRIALS,
    ),
    Route("GET", "/try/<trial_id>", "Show how a trial goes", show, TrialAnswer),
)
