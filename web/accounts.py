"""Accounts on the command line: `python -m web.accounts --help`."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from getpass import getpass
from typing import get_args
from urllib.parse import urlsplit

from streams.clock import now_ms
from streams.job import CLIENT
from streams.role import Role
from streams.secret import MAX_PASSWORD, MIN_PASSWORD, hash_password
from streams.settings import Settings, SettingsError, settings
from streams.store import Store, StoreError
from streams.store.accounts import (
    LOCAL,
    LOCAL_NAME_EXPECTED,
    Account,
    NameTakenError,
    is_domain,
    is_local_name,
)
from streams.store.people import LastAdministratorError
from streams.stream import Wanted

DAY_MS = 86_400_000


class AccountCommandError(Exception):
    """What a command cannot do, in one line."""


def main(arguments: list[str]) -> int:
    """Run a command; exit status 2, with a line that says why, when it cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        found = settings()
        store = Store.open(found.database_url)
        run: Callable[[Store, Settings, Namespace], None] = options.run
        run(store, found, options)
    except (
        AccountCommandError,
        LastAdministratorError,
        NameTakenError,
        SettingsError,
        StoreError,
    ) as error:
        print(f"web.accounts: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m web.accounts", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    roles = get_args(Role)

    def command(
        name: str, text: str, run: Callable[[Store, Settings, Namespace], None]
    ) -> ArgumentParser:
        made: ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    add = command("add", "create a local account; reads its password", _add)
    add.add_argument("name")
    add.add_argument("--role", choices=roles, default="editor")
    named = (
        ("passwd", "set the password of a local account, and end its sessions", _passwd),
        ("disable", "suspend an account, end its sessions, stop its streams", _disable),
        ("enable", "let a suspended account in again", _enable),
    )
    for name, text, run in named:
        command(name, text, run).add_argument("name", help="a handle; local:NAME or x:NAME")
    role = command("role", "change the role of an account", _role)
    role.add_argument("name", help="a handle; local:NAME or x:NAME")
    role.add_argument("role", choices=roles)
    command("list", "list all accounts", _list)
    domain = command(
        "domain", "print a link for accounts with names of a domain, such as ada@DOMAIN", _domain
    )
    domain.add_argument("domain", metavar="DOMAIN")
    domain.add_argument("--role", choices=("viewer", "editor"), default="editor")
    domain.add_argument("--seats", type=int, default=25, help="how many accounts it makes (25)")
    domain.add_argument("--days", type=int, default=7, help="how long it counts (7)")
    link = command("link", "print a link that makes an administrator, once, within a day", _link)
    link.add_argument("--first", action="store_true", help="only while there is no administrator")
    return parser


def _add(store: Store, _settings: Settings, options: Namespace) -> None:
    if not is_local_name(options.name):
        raise AccountCommandError(LOCAL_NAME_EXPECTED)
    store.accounts.create_local(options.name, _password(), options.role, now_ms())
    print(f"created the {options.role} {options.name}")


def _passwd(store: Store, _settings: Settings, options: Namespace) -> None:
    account = _find(store, options.name)
    if account.platform != LOCAL:
        raise AccountCommandError(f"{account.handle} signs in with X and has no password here")
    store.accounts.set_password(account.id, _password(), now_ms(), None)
    print(f"changed the password of {account.handle}; its sessions have ended")


def _disable(store: Store, _settings: Settings, options: Namespace) -> None:
    account = _find(store, options.name)
    store.people.change(account.id, now_ms(), None, suspended=True)
    for stream in store.streams.of_account(account.id):
        if stream.wanted is Wanted.RUNNING and stream.source != CLIENT:
            store.streams.edit(stream.id, account.id, now_ms(), wanted=Wanted.STOPPED)
    print(f"suspended {account.handle}; its sessions have ended, its streams stop")


def _enable(store: Store, _settings: Settings, options: Namespace) -> None:
    account = _find(store, options.name)
    store.people.change(account.id, now_ms(), None, suspended=False)
    print(f"{account.handle} may come in again; its streams stay stopped")


def _role(store: Store, _settings: Settings, options: Namespace) -> None:
    account = _find(store, options.name)
    store.people.change(account.id, now_ms(), None, role=options.role)
    print(f"{account.handle} is {options.role} now")


def _list(store: Store, _settings: Settings, _options: Namespace) -> None:
    for each in store.people.all():
        state = "suspended" if each.suspended_at is not None else ""
        sessions = f"{each.sessions} sessions"
        print(f"{each.platform}:{each.handle}", each.role, sessions, state, sep="\t")


def _link(store: Store, found: Settings, options: Namespace) -> None:
    if options.first and store.people.has_administrator():
        return
    print(_address(found, store.invitations.first_link(now_ms())))


def _domain(store: Store, found: Settings, options: Namespace) -> None:
    domain, now = options.domain.removeprefix("@").lower(), now_ms()
    if not is_domain(domain):
        raise AccountCommandError("a domain looks like newsroom.example")
    if not (1 <= options.seats <= 1000 and 1 <= options.days <= 365):
        raise AccountCommandError("a link makes 1 to 1000 accounts, in 1 to 365 days")
    until = now + options.days * DAY_MS
    _, token = store.invitations.invite_domain(
        domain, options.seats, options.role, now, until, None
    )
    print(_address(found, token))


def _address(found: Settings, token: str) -> str:
    home = urlsplit(found.oauth_callback_url)
    path = "/weir/" if found.client_dir else "/"
    return f"{home.scheme}://{home.netloc}{path}#/join/{token}"


def _find(store: Store, name: str) -> Account:
    platform, _, handle = name.rpartition(":")
    found = [each for each in store.people.named(handle) if platform in ("", each.platform)]
    if not found:
        raise AccountCommandError(f"there is no account {name!r}")
    if len(found) > 1:
        names = " or ".join(f"{each.platform}:{each.handle}" for each in found)
        raise AccountCommandError(f"there are two accounts {name!r}: write {names}")
    return found[0]


def _password() -> str:
    """Read a password, twice from a terminal, else one line of the input; return its hash."""
    if sys.stdin.isatty():
        password = getpass()
        if password != getpass("Again: "):
            raise AccountCommandError("the passwords differ")
    else:
        password = sys.stdin.readline().removesuffix("\n")
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise AccountCommandError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return hash_password(password)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
