"""Who may call what: a row for every route and every socket event, and nothing else."""

WHO = ("nobody", "client", "viewer", "other", "owner", "administrator")
"""`other` and `owner` are editors; routes name what the owner has; `client` is one of theirs."""
EVENTS = {
    "connect": ("unauthorized", "unauthorized", "in", "in", "in", "in"),
    "subscribe": ("", "", "no_such_stream", "no_such_stream", "in", "no_such_stream"),
    "unsubscribe": ("", "", "in", "in", "in", "in"),
    "*": ("", "", "unknown_event", "unknown_event", "unknown_event", "unknown_event"),
}
"""Outcomes of socket events, by who sends them; "" where there is no socket to send by."""
GROUPS: tuple[tuple[tuple[str, ...], str], ...] = (
    # Editors, of what is theirs.
    (
        ("unauthorized", "unauthorized", "forbidden", "in", "in", "in"),
        """
        POST /api/v1/clients
        DELETE /api/v1/clients/<client_id>
        POST /api/v1/clients/<client_id>/jobs
        PATCH /api/v1/clients/<client_id>/jobs/<number>
        POST /api/v1/deletions
        POST /api/v1/instances
        DELETE /api/v1/instances/<instance_id>
        POST /api/v1/instances/<instance_id>/check
        POST /api/v1/replays
        POST /api/v1/replays/files
        DELETE /api/v1/replays/files/<file_id>
        POST /api/v1/sign-out
        POST /api/v1/streams
        DELETE /api/v1/streams/<stream_id>
        PATCH /api/v1/streams/<stream_id>
        POST /api/v1/streams/<stream_id>/corrections
        POST /api/v1/streams/<stream_id>/exports
        DELETE /api/v1/streams/<stream_id>/exports/<export_id>
        DELETE /api/v1/streams/<stream_id>/label-sets/<name>
        POST /api/v1/streams/<stream_id>/start
        POST /api/v1/streams/<stream_id>/stop
        POST /api/v1/try
        """,
    ),
    # Administrators.
    (
        ("unauthorized", "unauthorized", "forbidden", "forbidden", "forbidden", "in"),
        """
        GET /api/v1/invitations
        POST /api/v1/invitations
        DELETE /api/v1/invitations/<invitation_id>
        GET /api/v1/people
        PATCH /api/v1/people/<account_id>
        GET /api/v1/people/<account_id>/quotas
        DELETE /api/v1/people/<account_id>/sessions
        GET /api/v1/people/changes
        GET /api/v1/people/quotas
        PATCH /api/v1/people/quotas
        GET /flower/
        POST /flower/
        GET /flower/<path:path>
        POST /flower/<path:path>
        """,
    ),
    # Everybody who is signed in, of what is theirs; and what concerns their own account.
    (
        ("unauthorized", "unauthorized", "in", "in", "in", "in"),
        """
        GET /api/v1/clients
        GET /api/v1/clients/<client_id>/jobs
        GET /api/v1/collections
        GET /api/v1/corrections
        GET /api/v1/deletions
        GET /api/v1/deletions/<deletion_id>
        GET /api/v1/instances
        GET /api/v1/machines
        GET /api/v1/me
        POST /api/v1/me/password
        GET /api/v1/models
        GET /api/v1/places/suggest
        GET /api/v1/quotas
        GET /api/v1/replays/files
        GET /api/v1/sessions
        DELETE /api/v1/sessions/<session_id>
        GET /api/v1/sources
        GET /api/v1/streams
        GET /api/v1/streams/<stream_id>
        GET /api/v1/streams/<stream_id>/backfill
        GET /api/v1/streams/<stream_id>/corrections
        GET /api/v1/streams/<stream_id>/days
        GET /api/v1/streams/<stream_id>/edits
        GET /api/v1/streams/<stream_id>/exports
        GET /api/v1/streams/<stream_id>/exports/<export_id>
        GET /api/v1/streams/<stream_id>/exports/<export_id>/data
        GET /api/v1/streams/<stream_id>/exports/<export_id>/description
        GET /api/v1/streams/<stream_id>/gaps
        GET /api/v1/streams/<stream_id>/label-sets
        GET /api/v1/streams/<stream_id>/minutes
        GET /api/v1/streams/<stream_id>/segments
        GET /api/v1/streams/<stream_id>/segments/<segment_id>
        GET /api/v1/streams/<stream_id>/segments/<segment_id>/data
        GET /api/v1/taggers
        GET /api/v1/tokens
        POST /api/v1/tokens
        DELETE /api/v1/tokens/<token_id>
        GET /api/v1/try/<trial_id>
        """,
    ),
    # Anybody.
    (
        ("in", "in", "in", "in", "in", "in"),
        """
        GET /
        GET /<path:name>
        POST /api/v1/join
        POST /api/v1/join/link
        GET /api/v1/openapi.json
        GET /api/v1/sign-in
        POST /api/v1/sign-in
        POST /api/v1/sign-in/password
        GET /docs/filters.md
        GET /healthz
        GET /login
        POST /login
        GET /readyz
        GET /redirect
        GET /service-worker.js
        GET /stream
        GET /weir/
        GET /weir/<path:name>
        """,
    ),
    # Capture clients, of their own job.
    (
        ("unauthorized", "in", "forbidden", "forbidden", "forbidden", "forbidden"),
        """
        GET /capture/api/activejobs/
        POST /capture/api/connects/
        GET /capture/api/deletions/
        POST /capture/api/deletions/<deletion_id>/
        POST /capture/api/jobs/<int:number>/gaps/
        POST /capture/api/update/
        """,
    ),
    # People, of their own clients, by the adapter for existing clients.
    (
        ("unauthorized", "forbidden", "in", "in", "in", "in"),
        """
        GET /capture/api/clients/
        GET /capture/api/clients/<int:client_id>/
        GET /capture/api/jobmodifications/
        """,
    ),
    # Capture clients and people, each of their own.
    (
        ("unauthorized", "in", "in", "in", "in", "in"),
        """
        GET /capture/api/jobs/
        GET /capture/api/jobs/<int:number>/
        GET /capture/api/liveupdates/
        GET /capture/api/users/current/
        """,
    ),
    # Capture clients and editors, each of their own.
    (
        ("unauthorized", "in", "forbidden", "in", "in", "in"),
        """
        PATCH /capture/api/jobs/<int:number>/
        PUT /capture/api/jobs/<int:number>/
        """,
    ),
    # Editors, of their own clients, by the adapter for existing clients.
    (
        ("unauthorized", "forbidden", "forbidden", "in", "in", "in"),
        """
        POST /capture/api/jobs/
        """,
    ),
    # Who sends the older dashboard"s own token in the body, which nobody here does.
    (
        (
            "unauthorized",
            "unauthorized",
            "unauthorized",
            "unauthorized",
            "unauthorized",
            "unauthorized",
        ),
        """
        POST /startStream
        POST /stopStream
        POST /token
        """,
    ),
)
"""Outcomes by who calls: `in`, or 401 `unauthorized`, or 403 `forbidden`; then the routes."""
ROUTES = {
    (method, rule): dict(zip(WHO, outcomes, strict=True))
    for outcomes, block in GROUPS
    for method, rule in (line.split(maxsplit=1) for line in block.split("\n") if line.strip())
}
