"""The control API's edits: a later version of a post, under an id of its own, as X delivers it."""

from datetime import datetime
from typing import Any

import msgspec
from flask import Blueprint, request

from simulator.auth import simulator_state
from simulator.control import admit_operator, bad
from simulator.posts import SimulatedPost, iso

blueprint = Blueprint("edits", __name__, url_prefix="/_control")
MOST_EDITS = 5
EDITABLE_SECONDS = 3600


class EditedText(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/edits."""

    id: str
    text: str


@blueprint.post("/edits")
def edits() -> Any:
    """Deliver a later version of a post that is known here; X ends a chain after five edits."""
    here = simulator_state()
    admit_operator(here.control_token)
    try:
        asked = msgspec.json.decode(request.get_data(), type=EditedText)
    except msgspec.DecodeError as error:
        raise bad(str(error)) from None
    versions = sorted(here.corpus.edits_of(asked.id), key=int) if asked.id.isdigit() else [""]
    before = here.corpus.get(versions[-1])
    if before is None:
        raise bad("there is no such post", 404, "no_such_post")
    if len(versions) > MOST_EDITS:
        raise bad(f"a post has at most {MOST_EDITS} edits", 409, "edit_limit")
    post = _edited(before, next(here.ids), versions, asked.text)
    matched, delivered = here.publish(post)
    return {"id": post.id, "matched": matched, "delivered": delivered}


def _edited(before: SimulatedPost, post_id: str, versions: list[str], text: str) -> SimulatedPost:
    data = before.data | {"id": post_id, "text": text}
    data.pop("note_tweet", None)
    data["edit_history_tweet_ids"] = [*versions, post_id]
    began = datetime.fromisoformat(data["created_at"]).timestamp()
    data["edit_controls"] = {
        "edits_remaining": MOST_EDITS - len(versions),
        "is_edit_eligible": True,
        "editable_until": iso(began + EDITABLE_SECONDS),
    }
    author, place, referenced = before.author, before.place, before.referenced
    return SimulatedPost(data, author, place, referenced, before.users, before.media, before.polls)
