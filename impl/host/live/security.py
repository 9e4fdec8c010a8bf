"""Who may speak: TLS with certificates on both sides, from an authority of the cluster's own.

A server's certificate names the server (``s1``), and it is looked at on both sides: who connects
checks that the one it reaches is the one it wants, who is connected to checks that the sender of
packets is the one it says. A client needs some certificate of that authority. Nothing older than
TLS 1.3 is spoken.
"""

from __future__ import annotations

import ssl
from asyncio import StreamWriter
from pathlib import Path

from msgspec import Struct

__all__ = ["Credentials", "Security", "names_of"]


class Credentials(Struct, frozen=True):
    """Files in PEM: the certificate (with those between it and the authority), its key, and the
    authority."""

    certificate: Path
    key: Path
    authority: Path


class Security:
    """How connections are made. Without credentials they are plain, and nobody is checked.

    **Errors** OSError (ssl.SSLError is one) if the files cannot be used.
    """

    def __init__(self, credentials: Credentials | None) -> None:
        self.listening: ssl.SSLContext | None = None
        self.connecting: ssl.SSLContext | None = None
        if credentials is not None:
            self.listening = _context(ssl.PROTOCOL_TLS_SERVER, credentials)
            self.connecting = _context(ssl.PROTOCOL_TLS_CLIENT, credentials)

    @property
    def on(self) -> bool:
        return self.listening is not None


def _context(protocol: int, credentials: Credentials) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(credentials.authority)
    context.load_cert_chain(credentials.certificate, credentials.key)
    return context


def names_of(writer: StreamWriter) -> frozenset[str]:
    """Whom the certificate of the other side names."""
    certificate = writer.get_extra_info("peercert") or {}
    alternatives = certificate.get("subjectAltName", ())
    return frozenset(name for kind, name in alternatives if kind == "DNS")
