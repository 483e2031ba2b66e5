"""/try: trial runs of a filter before it is saved."""

from secrets import token_hex

from msgspec import Struct

from streams.filter import Filter
from streams.live import trials
from streams.live.report import Fault
from streams.live.trials import Trial
from streams.names import TASK_TRY
from streams.post import Post
from streams.x_rules import filter_warnings
from web.api.route import ApiCall, ApiRoute
from web.api.stream_bodies import FilterBody, filter_of
from web.context import context
from web.errors import ApiError, translate_errors
from web.limits import RateLimit

TRIALS = RateLimit(10, 0.2)
"""Each trial costs up to 300 posts at X's price."""


class TrialStarted(Struct):
    """The id of the trial, and sentences about the filter for its author."""

    id: str
    warnings: tuple[str, ...]


class TrialAnswer(Struct):
    """The progress of a trial; rates and costs are estimates, `cost_usd` is what the trial cost."""

    id: str
    state: str
    rules: tuple[str, ...]
    posts: tuple[Post, ...]
    rate_per_s: float
    cost_per_day_usd: float
    cost_usd: float
    note: str | None
    error: Fault | None


def begin(call: ApiCall) -> TrialStarted:
    """Begin a trial."""
    trial = Trial(token_hex(8), call.account.id, filter_of(call.body, Filter()))
    trials.write(context().redis, trial)
    with translate_errors():
        context().tasks.send(TASK_TRY, trial.id)
    return TrialStarted(trial.id, filter_warnings(trial.filter))


def show(call: ApiCall) -> TrialAnswer:
    """Show the progress of a trial."""
    trial = trials.read(context().redis, call.path["trial_id"])
    if trial is None or trial.account_id != call.account.id:
        raise ApiError(
            404, "no_such_trial", "you have no such trial: Weir keeps trials for ten minutes"
        )
    return TrialAnswer(**{name: getattr(trial, name) for name in TrialAnswer.__struct_fields__})


routes = (
    ApiRoute(
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
    ApiRoute("GET", "/try/<trial_id>", "Show the progress of a trial", show, TrialAnswer),
)
