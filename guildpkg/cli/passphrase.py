"""Passphrases of keys: from ``GUILD_PASSPHRASE``, else asked for on the terminal, without showing them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from guildpkg.cli.session import Session
from guildpkg.errors import GuildError

VARIABLE = "GUILD_PASSPHRASE"


def asker(session: Session) -> Callable[[str], str]:
    """Give what asks for the passphrase of a key that has one; it gives an empty text where nobody can be asked."""

    def ask(what: str) -> str:
        known = session.env.get(VARIABLE, "")
        if known or sys.stdin is None or not sys.stdin.isatty():
            return known
        import getpass

        session.output.close()
        try:
            return getpass.getpass(f"{what}: ")
        except EOFError as error:
            session.output.unechoed()
            hint = f"write it, or set {VARIABLE}"
            raise GuildError("there was no answer: the input has ended", hint=hint) from error

    return ask


def new_passphrase(session: Session) -> str:
    """Ask for a passphrase for new keys, twice.

    Raises:
        GuildError: Nobody can be asked, or the two differ.
    """
    ask = asker(session)
    first = ask("Passphrase for the new keys")
    if not first:
        hint = f"run it in a terminal, or set {VARIABLE}"
        raise GuildError("the keys are to be encrypted and there is no passphrase", hint=hint)
    if ask("The same again") != first:
        raise GuildError("the two passphrases differ", hint="run it again")
    return first
