"""The private keys of this user: ed25519, one PEM file each below ``$GUILD_HOME/keys``, mode 0600.

A file is named like the key's id (what TUF calls its keyid), so that whoever signs looks for the ids that the signed
metadata asks for, and needs no list. With a passphrase the file is encrypted (PKCS #8).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from securesystemslib.signer import CryptoSigner, Key, Signer, SSlibKey

from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.system import exclusive
from guildpkg.system.disk import room_for

MOST_KEY: Final = 1 << 16
_ID = re.compile(r"[0-9a-f]{64}")

Passphrase = Callable[[str], str]
"""Asked for the passphrase of what is named; gives an empty text when there is none."""


def no_passphrase(_: str) -> str:
    """Know no passphrase."""
    return ""


@dataclass(slots=True)
class KeyRing:
    """The keys in *folder*.

    Attributes:
        folder: ``$GUILD_HOME/keys``; made when needed.
        ask: Asked for the passphrase of a key that has one; at most once a key.
    """

    folder: Path
    ask: Passphrase = no_passphrase
    opened: dict[str, Signer] = field(default_factory=dict)

    def make(self, passphrase: str = "") -> Signer:
        """Make a key and keep it.

        Args:
            passphrase: What to encrypt the file with; empty to leave it as it is.
        """
        private = Ed25519PrivateKey.generate()
        signer = CryptoSigner(private)
        how = serialization.BestAvailableEncryption(_bytes(passphrase)) if passphrase else None
        data = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            how or serialization.NoEncryption(),
        )
        with room_for(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        exclusive.create(self._place(signer.public_key.keyid), data, mode=0o600)
        self.opened[signer.public_key.keyid] = signer
        return signer

    def drop(self, keyid: str) -> None:
        """Remove a key that was made for something that came to nothing."""
        self.opened.pop(keyid, None)
        self._place(keyid).unlink(missing_ok=True)

    def has(self, keyid: str) -> bool:
        """Tell whether a key is here."""
        return _ID.fullmatch(keyid) is not None and self._place(keyid).is_file()

    def encrypted(self, keyid: str) -> bool:
        """Tell whether a key that is here wants a passphrase."""
        return self.has(keyid) and b"ENCRYPTED" in self._place(keyid).read_bytes()[:100]

    def signer(self, keyid: str) -> Signer:
        """Give what signs with a key that is here.

        Raises:
            GuildError: It is not here, is no key, is another one than its name says, or the passphrase is wrong.
        """
        if keyid not in self.opened:
            self.opened[keyid] = self._open(keyid)
        return self.opened[keyid]

    def one_of(self, keyids: list[str], what: str) -> Signer:
        """Give what signs with one of several keys; one that asks for no passphrase is taken first.

        Raises:
            GuildError: None of them is here, or it cannot be opened.
        """
        return self.signer(self.choose(keyids, what))

    def choose(self, keyids: list[str], what: str) -> str:
        """Say which of several keys `one_of` would sign with; it is not opened.

        Args:
            keyids: The keys that would do.
            what: What is to be signed, for the message.

        Raises:
            GuildError: None of them is here.
        """
        here = sorted((self.encrypted(keyid), keyid) for keyid in keyids if self.has(keyid))
        if not here:
            listed = ", ".join(keyid[:12] for keyid in keyids)
            hint = f"it has to be done where that key is; keys of this user lie in {self.folder}"
            raise GuildError(f"{what} has to be signed by key {listed}, which is not here", hint=hint)
        return here[0][1]

    def _open(self, keyid: str) -> Signer:
        place = self._place(keyid)
        try:
            data = place.read_bytes()
        except FileNotFoundError as error:
            raise GuildError(f"key {keyid[:12]} is not here", hint=f"it should be {place}") from error
        if place.stat().st_mode & 0o077:
            hint = f"chmod 600 {place}, and think about who may have read it"
            raise GuildError(f"{place} can be read by others, as no private key should", hint=hint)
        passphrase = self.ask(f"Passphrase of key {keyid[:12]}") if b"ENCRYPTED" in data[:100] else ""
        try:
            private = serialization.load_pem_private_key(data, _bytes(passphrase) or None)
        except TypeError as error:
            hint = "run it in a terminal, or set GUILD_PASSPHRASE"
            raise GuildError(f"key {keyid[:12]} is encrypted and there is no passphrase", hint=hint) from error
        except (ValueError, UnsupportedAlgorithm) as error:
            hint = "the passphrase may be wrong" if passphrase else "take it back from a backup"
            raise GuildError(f"{place} cannot be opened", hint=hint) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise GuildError(f"{place} is not an ed25519 key", hint="remove it, or put the right one in its place")
        signer = CryptoSigner(private)
        if signer.public_key.keyid != keyid:
            raise GuildError(f"{place} holds another key, {signer.public_key.keyid[:12]}")
        return signer

    def _place(self, keyid: str) -> Path:
        return self.folder / f"{keyid}.pem"


def _bytes(passphrase: str) -> bytes:
    """Give a passphrase as its user typed it, which need not be UTF-8."""
    return passphrase.encode("utf-8", "surrogateescape")


def public_text(key: Key) -> bytes:
    """Write the public half of a key, to be handed to whoever runs an index."""
    with contextlib.suppress(KeyError, ValueError):
        raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.keyval["public"]))
        return raw.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    raise GuildError(f"key {key.keyid[:12]} is not an ed25519 key")


def read_public(data: bytes, shown: str) -> Key:
    """Read the public half of a key.

    Raises:
        GuildError: It is something else.
    """
    hint = "ask for the file with the public half"
    if b"PRIVATE KEY" in data[:MOST_KEY]:
        raise GuildError(f"{shown} is a private key: give away only the public half", hint=hint)
    try:
        found = serialization.load_pem_public_key(data[:MOST_KEY])
    except (ValueError, UnsupportedAlgorithm) as error:
        raise GuildError(f"{shown} is no public key", hint=hint) from error
    if not isinstance(found, Ed25519PublicKey):
        raise GuildError(f"{shown} is not an ed25519 key", hint=hint)
    return SSlibKey.from_crypto(found)
