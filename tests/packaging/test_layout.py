"""The four top-level folders are one package, whole for every tool that reads it.

A tool that meets a link may stop there and report success on nothing. So each is shown a copy of
the tree in which every file is one error and no more, which keeps it fast, and must find them all.
"""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "ballotproof"
ROOMS = ("impl", "model_check", "proofs", "spec")
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "src", "tests", "docs", "benchmarks", *ROOMS)

checkout_only = pytest.mark.skipif(
    not (ROOT / "spec").is_dir(), reason="an unpacked source distribution has no links"
)


def tool(*command: str, cwd: Path) -> str:
    """What a tool of this environment prints, whatever its exit status."""
    run = subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False
    )
    return run.stdout + run.stderr


def modules(package: Path) -> set[str]:
    """The files of the package, relative to it: all but what Python itself leaves there."""
    return {
        str(path.relative_to(package))
        for folder in (package, *(package / room for room in ROOMS))  # rglob enters no link
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources, links kept."""
    leave = shutil.ignore_patterns("__pycache__", "_build", ".*")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, symlinks=True, ignore=leave)
        elif source.exists():
            shutil.copy(source, tmp_path / name)
    return tmp_path


@checkout_only
@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_a_relative_link(room: str) -> None:
    link = PACKAGE / room
    assert link.is_symlink()
    assert link.readlink() == Path("..") / ".." / room
    assert link.resolve() == ROOT / room


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {PACKAGE / file for file in modules(PACKAGE) if file.endswith(".py")}
    assert [str(f.parent) for f in folders if not (f.parent / "__init__.py").exists()] == []


@pytest.mark.parametrize("checker", ["mypy", "basedpyright"])
def test_a_type_checker_reads_every_file(checker: str, copy: Path) -> None:
    files = {path.resolve() for path in copy.rglob("*.py")}
    left_out = {"docs", "golden", "cases"}
    files -= {path for path in files if left_out & set(path.relative_to(copy).parts)}
    assert {path.relative_to(copy).parts[0] for path in files} >= {"tests", "src"}
    for path in files:
        path.write_text("planted: int = 'an error'\n", encoding="utf-8")

    options = [] if checker == "mypy" else ["--pythonpath", sys.executable]
    report = tool(checker, *options, cwd=copy)

    found = re.findall(r"^ *(\S+\.py):1\b.* error:", report, flags=re.MULTILINE)
    assert files - {(copy / name).resolve() for name in found} == set()


@pytest.fixture
def distributions(copy: Path) -> Path:
    """A folder with the source distribution, and the wheel that was built from it."""
    report = tool("build", "--no-isolation", "--outdir", "dist", cwd=copy)
    assert "Successfully built" in report, report
    return copy / "dist"


def test_the_distributions_hold_every_module(distributions: Path) -> None:
    expected = modules(distributions.parent / "src" / "ballotproof")

    (wheel,) = distributions.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.removeprefix("ballotproof/") for name in held} == expected

    (source,) = distributions.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {member.name.partition("/")[2]: member for member in archive.getmembers()}
    assert {name for name in expected if f"src/ballotproof/{name}" not in names} == set()
    assert not any(member.issym() for member in names.values())
    assert names.keys() >= {"LICENSE", "README.md", "pyproject.toml"}
