"""What the documentation shows is what happens.

- All ``python`` blocks of a page are, one after another, one file: it is type-checked, imported,
  and each of its models is checked, a small one by both engines.
- Every ``$ ballotproof ...`` of a ``console`` block is run in a folder that holds the files of
  docs/tutorial, and must print what the page shows, but for times.
- Links and included files exist.

``UPDATE_GOLDEN=1 pytest tests/docs`` rewrites the output in the pages instead.
"""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ballotproof.model_check.check import check
from ballotproof.model_check.engine import Engine
from ballotproof.model_check.expectation import outcome_of
from ballotproof.model_check.verdict import ExitCode
from ballotproof.spec.lang import Model

from .command import UPDATE, run
from .pages import DOCS, GENERATED, ROOT, Session, agrees, blocks, included, links, pages, sessions

FEW = 700
"""A model with so many states is checked by plain Python as well, which is slow."""

LANGUAGES = {"python", "console", "sh", "text", "json", "toml", "diff", "yaml", "ini"}


def name_of(page: Path) -> str:
    return page.relative_to(DOCS).with_suffix("").as_posix()


PAGES = [pytest.param(page, id=name_of(page)) for page in pages()]
WITH_PYTHON = [
    pytest.param(page, id=name_of(page))
    for page in pages()
    if any(block.language == "python" for block in blocks(page))
]
WITH_SESSIONS = [pytest.param(page, id=name_of(page)) for page in pages() if any(sessions(page))]


# ------------------------------------------------------------------------------------- Python
@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one module for the Python of each page, line for line where it stands there."""
    folder = tmp_path_factory.mktemp("docs")
    for page in pages():
        text = [""] * len(page.read_text(encoding="utf-8").splitlines())
        found = [b for b in blocks(page) if b.language == "python"]
        for block in found:
            lines = block.text.splitlines()
            text[block.line - 1 : block.line - 1 + len(lines)] = lines
        if found:
            module_file(folder, page).write_text("\n".join(text) + "\n", encoding="utf-8")
    return folder


def module_file(folder: Path, page: Path) -> Path:
    return folder / f"page_{name_of(page).replace('/', '_').replace('-', '_')}.py"


def imported(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def test_python_is_typed(written: Path) -> None:
    """The Python of all pages, the tutorial and the Sphinx extensions pass mypy --strict."""
    folders = [written, DOCS / "tutorial", DOCS / "how_to", DOCS / "_ext"]
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    options = ["--strict", "--config-file=", "--no-error-summary", "--warn-unreachable"]
    command = [sys.executable, "-m", "mypy", *options, *map(str, files)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_python_runs(page: Path, written: Path) -> None:
    """Every model of a page yields what it is expected to."""
    module = imported(module_file(written, page))
    models: list[Model] = getattr(module, "MODELS", [])
    for model in models:
        assert model.expect is not None, f"{model.name}: the page does not say what to expect"
        verdict = check(model)
        verdicts = [verdict]
        if verdict.evidence.states <= FEW:
            verdicts.append(check(model, engine=Engine.PYTHON))
        for given in verdicts:
            outcome = outcome_of(given, model.expect)
            engine = given.evidence.engine
            assert outcome.as_expected, f"{model.name}, {engine}: {outcome.differences}"


# ------------------------------------------------------------------------------------ console
@pytest.mark.parametrize("page", WITH_SESSIONS)
def test_console(page: Path, tmp_path: Path) -> None:
    """Each command prints what the page shows; files that one writes are there for the next."""
    brought = [*(DOCS / "tutorial").glob("*.py"), *(DOCS / "how_to").glob("*.py")]
    for file in [*brought, *(DOCS / "how_to").glob("*.ndjson")]:
        shutil.copy(file, tmp_path)
    changed = []
    for session in sessions(page):
        real = output_of(session.command, tmp_path)
        if UPDATE:
            changed += [] if agrees(session.output, real) else [(session, real)]
        else:
            assert agrees(session.output, real), f"{session.place}: it prints\n{real}"
    rewrite(page, changed)


def output_of(command: str, folder: Path) -> str:
    program, *arguments = shlex.split(command)
    assert program == "ballotproof", f"only ballotproof is run, not {program}"
    code, text = run(arguments, folder)
    assert code != ExitCode.INTERNAL, text
    return text.replace(f"{ROOT}/", "")


def rewrite(page: Path, changed: list[tuple[Session, str]]) -> None:
    """Put the real output into the page, from the end to the beginning: lines keep their place."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for session, real in reversed(changed):
        end = session.line + len(session.output.splitlines())
        lines[session.line : end] = real.rstrip().splitlines()
    if changed:
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")


# -------------------------------------------------------------------------------- all the rest
@pytest.mark.parametrize("page", PAGES)
def test_blocks_are_tested(page: Path) -> None:
    """A block says what it is, so that no code escapes the tests above by accident."""
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{block.place}: {block.language}"
        if block.language in ("text", "sh"):
            assert "$ ballotproof" not in block.text, f"{block.place}: make it a console block"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    for target in [*links(page), *included(page)]:
        base = DOCS if target.startswith("/") else page.parent
        path = (base / target.lstrip("/")).resolve()
        assert path.exists() or is_generated(path), f"{page.name}: {target}"


def is_generated(path: Path) -> bool:
    """Whether the build writes this page: from a specification or proof, or as an overview."""
    for folder, source in GENERATED.items():
        if path.is_relative_to(folder):
            name = path.relative_to(folder).with_suffix("")
            overview = name.name in ("index", "properties")
            return overview or (source / name).with_suffix(".py").exists()
    return False
