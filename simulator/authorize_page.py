"""The page on which a made-up person lets an app in, or does not."""

import base64
import hashlib
from collections.abc import Mapping

from flask import Response
from markupsafe import Markup

_STYLE = """
:root{color-scheme:light dark;--ink:#14213d;--paper:#fff;--edge:#ccd6dd;--back:#f2f5f7}
@media(prefers-color-scheme:dark){:root{--ink:#e7e9ea;--paper:#16202a;--edge:#38444d;--back:#0b1118}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);
color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{box-sizing:border-box;width:min(26rem,92vw);padding:2rem;background:var(--paper);
border:1px solid var(--edge);border-radius:1rem}
h1{margin:0 0 .75rem;font-size:1.35rem}p{margin:.5rem 0}
label{display:block;margin:1.25rem 0 .25rem;font-weight:600}
input{box-sizing:border-box;width:100%;padding:.6rem .75rem;font:inherit;color:inherit;
background:transparent;border:1px solid var(--edge);border-radius:.5rem}
.buttons{display:flex;gap:.75rem;margin-top:1.5rem}
button{flex:1;padding:.7rem;font:inherit;font-weight:600;border-radius:2rem;cursor:pointer;
border:1px solid var(--edge);background:transparent;color:inherit}
button[value=allow]{background:#0f6cbd;border-color:#0f6cbd;color:#fff}
input:focus-visible,button:focus-visible{outline:3px solid #60a5fa;outline-offset:2px}
.error{color:#b91c1c;font-weight:600}.pin{font-size:2rem;letter-spacing:.2em;font-weight:700}
@media(prefers-color-scheme:dark){.error{color:#fca5a5}}
small{display:block;margin-top:1.25rem;opacity:.8}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# No form-action: Chromium applies it to the redirect after the form too, and would block it.
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"


def ask(app: str, hidden: Mapping[str, str], username: str = "", error: str = "") -> Response:
    """Ask for a user name and a decision; `hidden` travels with the form."""
    fields = Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
        for name, value in hidden.items()
    )
    problem = Markup('<p class="error" role="alert">{}</p>').format(error) if error else ""
    body = Markup(
        "<h1>Let <em>{}</em> use your account?</h1>"
        "<p>It will see who you are. It cannot post for you.</p>{}"
        '<form method="post">{}'
        '<label for="username">Sign in as</label>'
        '<input id="username" name="username" value="{}" maxlength="15" autocomplete="off" '
        'autocapitalize="off" spellcheck="false" autofocus>'
        '<div class="buttons"><button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="deny" formnovalidate>Deny</button></div></form>'
        "<small>This is a simulator. Any user name will do, and no password is needed.</small>"
    ).format(app, problem, fields, username)
    return _page("Authorize an app", body, 400 if error else 200)


def show_pin(pin: str) -> Response:
    """Show the PIN of an app that has no address to return to."""
    body = Markup('<h1>Almost there</h1><p>Enter this PIN in the app:</p><p class="pin">{}</p>')
    return _page("PIN", body.format(pin))


def refuse(message: str, status: int) -> Response:
    """Explain why nothing can be authorized here."""
    body = Markup('<h1>This does not work</h1><p class="error" role="alert">{}</p>')
    return _page("Not authorized", body.format(message), status)


def _page(title: str, body: Markup, status: int = 200) -> Response:
    html = Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{}</title>'
        '<meta name="viewport" content="width=device-width"><style>{}</style></head>'
        "<body><main>{}</main></body></html>"
    ).format(title, Markup(_STYLE), body)  # noqa: S704 - our own style sheet
    response = Response(str(html), status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
