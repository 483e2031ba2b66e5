"""The usage endpoints: how many posts the calling app has read."""

import time
from typing import Any

from flask import Blueprint, Response, request

from simulator import auth
from simulator.billing import utc_day
from simulator.problems import invalid_request

blueprint = Blueprint("usage", __name__)


@blueprint.get("/2/usage/tweets")
def tweets() -> Any:
    """Return the consumption of this month, and day by day."""
    app = auth.app_only("usage")
    days = request.args.get("days", "7")
    if not (days.isascii() and days.isdigit()) or not 1 <= int(days[:4]) <= 90:
        raise invalid_request("days", days, "The `days` must be between 1 and 90")
    now = time.time()
    shown = [utc_day(now - 86_400 * back) for back in reversed(range(int(days)))]
    daily = [
        {"date": f"{day}T00:00:00.000Z", "usage": str(app.meter.posts_by_day[day])}
        for day in shown
        if app.meter.posts_by_day.get(day)
    ]
    return {
        "data": {
            "cap_reset_day": 1,
            "project_id": app.id,
            "project_cap": str(auth.simulator_state().settings.monthly_cap),
            "project_usage": str(app.meter.month(now)),
            "daily_project_usage": {"project_id": app.id, "usage": daily},
            "daily_client_app_usage": [
                {"client_app_id": app.id, "usage_result_count": len(daily), "usage": daily}
            ],
        }
    }


@blueprint.get("/2/usage/credits")
def credit() -> Any:
    """Answer as X was seen to answer: an empty 404, documented or not."""
    auth.app_only("usage")
    return Response(status=404)
