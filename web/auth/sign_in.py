"""Sign-in with X: the three legs of OAuth 1.0a."""

import logging
import re
from collections.abc import Callable
from typing import Any

import msgspec
import requests
from requests_oauthlib import OAuth1Session
from requests_oauthlib.oauth1_session import (
    TokenMissing,
    TokenRequestDenied,
    VerifierMissing,
)

from streams.role import Role
from streams.safe_text import safe_name
from streams.secret import SecretBox, SecretError
from streams.settings import Settings
from streams.store import Store
from streams.store.accounts import Account, X
from web.errors import ApiError

log = logging.getLogger(__name__)

SECONDS = 10
_TOKEN = re.compile(r"[\x21-\x7e]{1,200}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,50}")
_IMAGE = re.compile(r"(?:https://|data:image/)[\x20-\x7e]{1,2000}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_FAILURES = (requests.RequestException, TokenMissing, TokenRequestDenied, VerifierMissing)


class Profile(msgspec.Struct):
    """Who signed in, according to X."""

    id: str = ""
    username: str = ""
    name: str = ""
    profile_image_url: str | None = None


class _Me(msgspec.Struct):
    data: Profile


class SignInFlow:
    """Begins and finishes sign-ins; `browser` ties each to the browser that began it."""

    def __init__(
        self, settings: Settings, store: Store, box: SecretBox, now: Callable[[], int]
    ) -> None:
        self._settings = settings
        self._store = store
        self._box = box
        self._now = now

    def begin(self, browser: str | None) -> str:
        """Return the address at X where the person continues, or raise ApiError."""
        if not self._settings.has_x_credentials:
            raise ApiError(
                503, "no_x_app", "sign-in is not set up: the operator has not set X_API_KEY"
            )
        if not self._settings.x_signs_in:
            text = "the simulator lets anybody in, so it signs people in on loopback only"
            raise ApiError(503, "no_x_app", f"{text}: sign in with a name and a password")
        session = self._session(callback_uri=self._settings.oauth_callback_url)
        try:
            answer = session.fetch_request_token(
                self._url("oauth/request_token"), timeout=SECONDS, allow_redirects=False
            )
            token, secret = answer["oauth_token"], answer["oauth_token_secret"]
        except (*_FAILURES, ValueError, KeyError) as error:
            raise _failed("begin", error) from None
        if not _TOKEN.fullmatch(token):
            raise _failed("begin", ValueError("unexpected characters in the request token"))
        self._store.tokens.begin_sign_in(token, self._box.seal(secret), browser, self._now())
        return str(session.authorization_url(self._url("oauth/authorize")))

    def finish(self, token: str, verifier: str, browser: str | None) -> Account:
        """Return the account of the person who came back, or raise ApiError."""
        begun = None
        if _TOKEN.fullmatch(token) and _TOKEN.fullmatch(verifier):
            begun = self._store.tokens.end_sign_in(token, self._now())
        if begun is None or begun.browser != browser:
            raise _expired()
        try:
            secret = self._box.open(begun.secret)
        except SecretError:
            raise _expired() from None
        session = self._session(
            resource_owner_key=token, resource_owner_secret=secret, verifier=verifier
        )
        try:
            access = session.fetch_access_token(
                self._url("oauth/access_token"), timeout=SECONDS, allow_redirects=False
            )
            keys = {"token": access["oauth_token"], "secret": access["oauth_token_secret"]}
        except TokenRequestDenied as error:
            if error.status_code < 500:
                raise _expired() from None
            raise _failed("finish", error) from None
        except (*_FAILURES, ValueError, KeyError) as error:
            raise _failed("finish", error) from None
        profile = self._profile(session, access)
        role = self._admit(profile)
        account = self._store.accounts.sign_in(
            platform_id=profile.id,
            handle=profile.username,
            name=safe_name(profile.name) or profile.username,
            avatar=_avatar(profile.profile_image_url),
            secret=self._box.seal(msgspec.json.encode(keys).decode()),
            now=self._now(),
            role=role,
        )
        self._store.invitations.accept_handle(account.handle, account.id, self._now())
        return account

    def _admit(self, profile: Profile) -> Role:
        """Return the role of a new account, or refuse with 403 who may not come in."""
        known = self._store.accounts.of_platform(X, profile.id)
        if known is not None and known.suspended_at is not None:
            raise suspended()
        if known is not None:
            return known.role
        invited = self._store.invitations.role_of_handle(profile.username, self._now())
        if invited is None and self._settings.sign_in != "open":
            text = f"@{profile.username} is not invited: an administrator can invite you"
            raise ApiError(403, "not_invited", text)
        return invited or "editor"

    def forget(self, token: str) -> None:
        """Discard a sign-in that the person denied."""
        if _TOKEN.fullmatch(token):
            self._store.tokens.end_sign_in(token, self._now())

    def _session(self, **legs: Any) -> OAuth1Session:
        return OAuth1Session(
            self._settings.x_api_key, client_secret=self._settings.x_api_secret, **legs
        )

    def _url(self, path: str) -> str:
        return f"{self._settings.x_api_base}/{path}"

    def _profile(self, session: OAuth1Session, access: dict[str, Any]) -> Profile:
        """Ask X for name and avatar; the access token itself names the user."""
        profile = Profile()
        try:
            answer = session.get(
                self._url("2/users/me"),
                params={"user.fields": "profile_image_url"},
                timeout=SECONDS,
                allow_redirects=False,
            )
            answer.raise_for_status()
            profile = msgspec.json.decode(answer.content, type=_Me).data
        except (requests.RequestException, msgspec.DecodeError) as error:
            log.warning(
                "X returned no profile, using the account name only: %s", type(error).__name__
            )
        profile.id = str(access.get("user_id") or profile.id)
        profile.username = str(access.get("screen_name") or profile.username)
        if not _ID.fullmatch(profile.id) or not _NAME.fullmatch(profile.username):
            raise _failed("finish", ValueError("no user id or name"))
        return profile


def _avatar(address: str | None) -> str | None:
    """Return the address only if it is safe as the source of an image."""
    return address if address and _IMAGE.fullmatch(address) else None


def suspended() -> ApiError:
    """Return the refusal of a suspended account."""
    return ApiError(403, "suspended", "your account is suspended: ask an administrator")


def _expired() -> ApiError:
    return ApiError(401, "sign_in_expired", "this sign-in has expired: sign in again")


def _failed(step: str, error: Exception) -> ApiError:
    log.warning("could not %s a sign-in at X: %s", step, type(error).__name__)
    return ApiError(502, "sign_in_failed", "X did not complete the sign-in: try again")
