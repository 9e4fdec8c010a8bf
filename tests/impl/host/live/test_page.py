"""The commands of docs/how_to/live.md, as they stand there but for the ports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import DOCS, blocks

from .cluster import free


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    script = "\n".join(x.text for x in blocks(DOCS / "how_to" / "live.md") if x.language == "sh")
    ports = {str(n): str(port) for n, port in enumerate(free(3), 7101)}
    script = re.sub("|".join(ports), lambda found: ports[found[0]], script)
    sh = shutil.which("sh")
    assert sh is not None
    before = "trap 'test ! -e s1.pid || kill -9 $(cat *.pid)' EXIT\nset -e\n"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sh, "-c", f"{before}{script}\nrm *.pid\nexit 0\n"],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\ngreen\n" in done.stdout
    assert "  explained: " in done.stdout
    assert re.search(r"^ +1  restart$", done.stdout, re.MULTILINE)
