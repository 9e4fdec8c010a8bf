"""What can be wrong with stable storage. After either of these a host stops."""

from __future__ import annotations

__all__ = ["Damaged", "StorageFailure"]


class StorageFailure(Exception):
    """Storing did not succeed, and nobody knows what is on the disk now: a disk is full, or an
    operation failed. The store takes nothing more. The remedy is to mend the disk and to start
    again, which reads what is there.

    Above all, a failed ``fsync`` is not tried again: the system may have marked the pages that it
    could not write as clean, and the second call then succeeds without having stored anything
    (A. Rebello and others, "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
    """


class Damaged(Exception):
    """What was stored once is not there any more, or not as it was. ``file`` and ``offset`` say
    where. A server must not go on without it: it may have promised something. The remedy is to
    take the server out of the cluster and to let it join again as a new one."""

    def __init__(self, file: str, offset: int, what: str) -> None:
        super().__init__(f"{file}:{offset}: {what}")
        self.file, self.offset, self.what = file, offset, what
