"""Roles and scopes: what an account may do, and how much of it a token passes on."""

from typing import Literal

Role = Literal["viewer", "editor", "administrator"]
Scope = Literal["read", "write", "admin"]

ROLE_SCOPES: dict[Role, Scope] = {"viewer": "read", "editor": "write", "administrator": "admin"}
"""The widest scope that a role has."""
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")
"""All scopes; each includes those before it."""


def includes(held: Scope, needed: Scope) -> bool:
    """Return whether a scope includes another."""
    return SCOPES.index(held) >= SCOPES.index(needed)


def narrower(one: Scope, other: Scope) -> Scope:
    """Return the scope that both include."""
    return min(one, other, key=SCOPES.index)
