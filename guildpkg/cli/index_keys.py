"""What ``guild index keys`` does."""

from __future__ import annotations

from typing import Any

from guildpkg.cli.confirm import confirmed
from guildpkg.cli.options import setting_of
from guildpkg.cli.passphrase import asker, new_passphrase
from guildpkg.cli.session import Session
from guildpkg.errors import GuildError
from guildpkg.pipeline.index import keys as index_keys


def show_keys(session: Session, name: str, *, as_json: bool) -> None:
    """List the keys of an index."""
    rows = index_keys.listing(name, setting_of(session))
    if as_json:
        session.output.json([row.as_json() for row in rows])
        return
    where = {(True, True): "here, encrypted", (True, False): "here", (False, False): "elsewhere"}
    session.output.table([(row.group, row.id, where[row.here, row.encrypted]) for row in rows])


def change_keys(session: Session, name: str, what: str, asked: dict[str, Any]) -> None:
    """Make, add, rotate or revoke a key."""
    setting, ask = setting_of(session), asker(session)
    passphrase = new_passphrase(session) if asked["encrypt"] and what in ("make", "rotate") else ""
    if what == "revoke":
        index_keys.find(name, asked["revoke"], setting)
    if what in ("rotate", "revoke"):
        session.output.say(_warning(what, asked))
        if not confirmed(session, "Continue?", yes=asked["yes"], default=what == "rotate"):
            raise GuildError("nothing was changed")
    if what == "make":
        keyid = index_keys.make(session.path(asked["make"]), setting, passphrase)
    elif what == "add":
        keyid = index_keys.add(name, session.path(asked["add"]), setting, ask)
    elif what == "rotate":
        keyid = index_keys.rotate(name, asked["rotate"], setting, ask, passphrase)
    else:
        keyid = index_keys.revoke(name, asked["revoke"], setting, ask)
    if asked["as_json"]:
        session.output.json({"id": keyid})
        return
    said = {"make": "made", "add": "may publish", "rotate": "takes over", "revoke": "is revoked"}[what]
    session.output.result(f"key {keyid} {said}")


def plan_keys(session: Session, name: str, what: str, asked: dict[str, Any]) -> None:
    """Say what `change_keys` would do; nothing is asked, and no key is made or opened."""
    setting, keyid = setting_of(session), None
    if what == "make":
        index_keys.check_make(session.path(asked["make"]))
        would = f"make a key, and write its public half into {asked['make']}"
    elif what == "add":
        keyid = index_keys.plan_add(name, session.path(asked["add"]), setting)
        would = f"let key {keyid} publish"
    elif what == "rotate":
        index_keys.check_rotate(name, asked["rotate"], setting)
        would = f"put a new key in the place of the {asked['rotate']} keys that are here"
    else:
        keyid = index_keys.plan_revoke(name, asked["revoke"], setting)
        would = f"revoke key {keyid}"
    session.output.say(f"Would {would}")
    if asked["as_json"]:
        session.output.json({"id": keyid})


def _warning(what: str, asked: dict[str, Any]) -> str:
    if what == "rotate":
        return f"A new key takes the place of the {asked['rotate']} keys that are here"
    return f"Nothing that key {asked['revoke']} signs will count; look at what it has published"
