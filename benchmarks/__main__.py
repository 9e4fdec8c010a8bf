"""The command: measure, print, and write the table that the documentation includes."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import __doc__ as purpose
from .process import Failed
from .proofs import mypyvy_folder
from .rows import ROWS, Row, Settings

TABLE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "measured.inc"


def processor() -> str:
    """Its name, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def markdown(rows: Sequence[Row], command: str) -> str:
    """The table, with what made it above."""
    lines = [
        f"Made by `{command}` on {platform.system()}, {processor()}, Python "
        f"{platform.python_version()}. A figure is a median, with the least and the "
        "greatest in brackets.",
        "",
        "| what | measured | at least | hoped for |",
        "| --- | --- | --- | --- |",
    ]
    for row in rows:
        note = f" ({row.note})" if row.note else ""
        lines.append(f"| {row.what}{note} | {row.figure} | {row.bar} | {row.stretch} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=purpose)
    parser.add_argument("row", nargs="*", help=f"what to measure: {', '.join(ROWS)}; all of it")
    parser.add_argument("--repeats", type=int, default=Settings.repeats)
    parser.add_argument("--tlc", type=float, default=Settings.tlc_s, metavar="SECONDS",
                        help="what TLC gets for each rate; it reports once a minute")  # fmt: skip
    parser.add_argument(
        "--seeds",
        type=int,
        default=Settings.seeds,
        metavar="N",
        help="with how many other seeds conditions are proved",
    )
    parser.add_argument(
        "--mypyvy",
        metavar="FOLDER",
        help="a checkout of it, to be measured beside; BALLOTPROOF_MYPYVY names one too",
    )
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name} for the docs")
    given = parser.parse_args(arguments)
    unknown = [x for x in given.row if x not in ROWS]
    if unknown:
        parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    rows: list[Row] = []
    try:
        mypyvy = mypyvy_folder(given.mypyvy)
        settings = Settings(given.repeats, given.tlc, given.seeds, mypyvy)
        for name in given.row or ROWS:
            start_s = time.monotonic()
            for row in ROWS[name](settings):
                rows.append(row)
                bar = f"   [at least {row.bar}]" if row.bar else ""
                note = f"   ({row.note})" if row.note else ""
                print(f"{row.what}: {row.figure}{bar}{note}", flush=True)
            print(f"  {name} took {time.monotonic() - start_s:.0f} s", file=sys.stderr, flush=True)
    except Failed as failure:
        print(f"benchmarks: {failure}", file=sys.stderr)
        return 1
    if given.write:
        made_by = " ".join(["python -m benchmarks", *given.row])
        TABLE.write_text(markdown(rows, made_by), encoding="utf-8")
        print(f"wrote {TABLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
