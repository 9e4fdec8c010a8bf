"""An authority and certificates to try things out with, made by trustme. They are for tests and for
one machine: the authority's key is thrown away, so that nobody can make further ones."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["CLIENT", "make"]

CLIENT = "client"


def make(directory: Path, names: list[str]) -> list[Path]:
    """``ca.pem``, and ``NAME.pem`` and ``NAME.key`` for each name; the files.

    **Errors** ImportError without trustme; OSError.
    """
    import trustme  # noqa: PLC0415 - for those who have it

    directory.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="ballotproof, for tests")
    made = [directory / "ca.pem"]
    authority.cert_pem.write_to_path(made[0])
    for name in names:
        certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
        issued = authority.issue_cert(name)
        certificate.write_bytes(b"".join(x.bytes() for x in issued.cert_chain_pems))
        key.unlink(missing_ok=True)  # a file that is there keeps its mode
        handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(issued.private_key_pem.bytes())
        made += [certificate, key]
    return made
