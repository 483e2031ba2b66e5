"""Passwords: sign-in to local accounts, and the links that make them."""

from collections.abc import Callable
from typing import TypeVar

import gevent

from streams.secret import MAX_PASSWORD, MIN_PASSWORD, hash_password, is_password
from streams.store import Store
from streams.store.accounts import (
    LOCAL,
    LOCAL_NAME_EXPECTED,
    MAX_NAME,
    Account,
    NameTakenError,
    is_local_name,
)
from streams.store.invitations import LinkOffer
from web.auth.sign_in import suspended
from web.errors import ApiError
from web.limits import PASSWORDS, PASSWORDS_HERE, PASSWORDS_OF_NAME, RateLimiter

Result = TypeVar("Result")


class PasswordSignIn:
    """Checks passwords in a thread: a hash takes a tenth of a second, which nobody waits for."""

    def __init__(self, store: Store, limits: RateLimiter, now: Callable[[], int]) -> None:
        self._store = store
        self._limits = limits
        self._now = now

    def sign_in(self, name: str, password: str, address: str) -> Account:
        """Return the account that name and password belong to, or refuse with 401."""
        folded = name.casefold()
        self._limits.take_shared(PASSWORDS_HERE, "password-here", address)
        self._limits.take_shared(PASSWORDS, "password", f"{address} {folded}")
        self._limits.take_shared(PASSWORDS_OF_NAME, "password-of", folded)
        account = None
        if is_local_name(name):
            account = self._store.accounts.of_platform(LOCAL, folded)
        hashed = self._store.accounts.password(account.id) if account else None
        if not _in_thread(lambda: is_password(password[:MAX_PASSWORD], hashed)) or not account:
            raise ApiError(401, "wrong_password", "this name and password do not belong together")
        if account.suspended_at is not None:
            raise suspended()
        return account

    def offer_of_link(self, token: str) -> LinkOffer:
        """Return what a link gives, or refuse with 404."""
        offer = self._store.invitations.offer_of_link(token, self._now())
        if offer is None:
            raise _no_link()
        return offer

    def join(self, token: str, name: str, password: str) -> Account:
        """Create an account that a link allows; of a domain's link, the name ends in the domain."""
        domain = self.offer_of_link(token).domain
        if domain:
            name = f"{_without(domain, name)}@{domain}"
        elif "@" in name:
            raise ApiError(422, "invalid", LOCAL_NAME_EXPECTED, "name")
        if not is_local_name(name):
            text = f"{LOCAL_NAME_EXPECTED}, and at most {MAX_NAME} with a domain"
            raise ApiError(422, "invalid", text if domain else LOCAL_NAME_EXPECTED, "name")
        hashed = self.hash(password)
        try:
            account = self._store.invitations.accept_link(token, name, hashed, self._now())
        except NameTakenError as error:
            raise ApiError(409, "name_taken", str(error), "name") from None
        if account is None:
            raise _no_link()
        return account

    def change(self, account: Account, old: str, new: str, keep: str, address: str) -> None:
        """Change a local account's password; all its sessions but one (`keep`) end."""
        if account.platform != LOCAL:
            raise ApiError(409, "no_password", "you sign in with X: there is no password here")
        try:
            self.sign_in(account.handle, old, address)
        except ApiError as error:
            if error.status != 401:
                raise
            raise ApiError(422, "wrong_password", "this is not your password", "old") from None
        hashed = self.hash(new, "new")
        self._store.accounts.set_password(account.id, hashed, self._now(), account.id, keep)

    def hash(self, password: str, field: str = "password") -> str:
        """Return the hash of a new password, or refuse a short or long one."""
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            text = f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters"
            raise ApiError(422, "invalid", text, field)
        return _in_thread(lambda: hash_password(password))


def _without(domain: str, name: str) -> str:
    """Return a name without its domain, if it is that one."""
    plain, _, given = name.partition("@")
    return plain if given.lower() == domain else name


def _no_link() -> ApiError:
    return ApiError(404, "no_such_link", "this link was used, withdrawn, or has expired")


def _in_thread(work: Callable[[], Result]) -> Result:
    found: Result = gevent.get_hub().threadpool.apply(work)
    return found
