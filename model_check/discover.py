"""Finding protocols and their models: those that are shipped, by name, and those in a user's file.

A *target* is one of

- a model: its name, its slug (``3-acceptors-2-ballots``), or module and slug;
- a module: ``paxos.single_decree``, ``single_decree``, or a folder such as ``paxos`` or ``broken``;
- a protocol: the name of its class;
- any of these with ``*``, ``?`` and ``[...]``, as in file names;
- a file: ``path/to/file.py``, or one class in it: ``path/to/file.py::Class``.

Case does not matter, except in a file.
"""

from __future__ import annotations

import fnmatch
import importlib
import importlib.util
import re
import sys
import sysconfig
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, ClassVar

from ..spec.lang.diagnostics import Diagnostic
from ..spec.lang.errors import BallotproofError, Span, SpecError, UsageError
from ..spec.lang.model import Model
from ..spec.lang.proof import Proof
from ..spec.lang.protocol import Protocol
from ..spec.lang.source import class_span

__all__ = [
    "PROOFS", "SPEC", "Found", "FoundProof", "find", "find_proofs", "find_protocol", "shipped",
    "shipped_modules", "shipped_proofs",
]  # fmt: skip

SPEC = __name__.rpartition(".model_check.")[0] + ".spec"
"""The package of the shipped specifications, ``ballotproof.spec``."""

PROOFS = __name__.rpartition(".model_check.")[0] + ".proofs"
"""The package of the shipped proofs, ``ballotproof.proofs``."""

NOT_SPECIFICATIONS = ("lang",)


@dataclass(frozen=True, slots=True)
class Found:
    """A model with where it was found: ``paxos.single_decree``, or the file as it was given."""

    module: str
    model: Model

    @property
    def slug(self) -> str:
        return slug_of(self.model.name)

    @property
    def identity(self) -> str:
        """Module and slug: a name that no other model has."""
        return f"{self.module}/{self.slug}"

    @property
    def source(self) -> str:
        """The protocol, in the form that :func:`find_protocol` takes."""
        return f"{self.module.partition('::')[0]}::{self.model.protocol.__name__}"


def slug_of(name: str) -> str:
    """A name for the command line: lower case, everything else as single hyphens.

    >>> slug_of("3 acceptors, 2 ballots")
    '3-acceptors-2-ballots'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


# ------------------------------------------------------------------------------ what is shipped
def shipped_modules(package: str = SPEC) -> list[str]:
    """The names of all shipped specifications, as ``paxos.single_decree``; none is imported."""
    root = Path(next(iter(importlib.import_module(package).__path__)))
    names = []
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        if parts[-1] != "__init__" and parts[0] not in NOT_SPECIFICATIONS:
            names.append(".".join(parts))
    return names


def shipped(modules: Iterable[str] | None = None) -> list[Found]:
    """The models of the shipped specifications, or of some of them. **Errors** SpecError."""
    found = []
    for name in shipped_modules() if modules is None else modules:
        module = _imported(partial(importlib.import_module, f"{SPEC}.{name}"))
        found += _models_of(module, name)
    return found


def _models_of(module: ModuleType, name: str) -> list[Found]:
    models = getattr(module, "MODELS", ())
    if not isinstance(models, list | tuple) or not all(isinstance(m, Model) for m in models):
        raise Diagnostic.NO_MODELS.error(_file_span(module), name=name)
    return [Found(name, model) for model in models]


@dataclass(frozen=True, slots=True)
class FoundProof:
    """A proof with where it was found: ``paxos.single_decree``, or the file as it was given."""

    module: str
    proof: Proof

    @property
    def identity(self) -> str:
        """Module and slug: a name that no other proof has."""
        return f"{self.module}/{slug_of(self.proof.name)}"

    @property
    def source(self) -> str:
        """Its class, in the form that :func:`find_protocol` takes."""
        module = self.module.partition("::")[0]
        folder = "proofs." if module in shipped_modules(PROOFS) else ""
        return f"{folder}{module}::{self.proof.protocol.__name__}"

    def of_class(self) -> FoundProof:
        """The same, told apart from a proof of that name about another class."""
        return replace(self, module=f"{self.module}::{self.proof.protocol.__name__}")


def shipped_proofs(modules: Iterable[str] | None = None) -> list[FoundProof]:
    """The shipped proofs, or those of some modules of ``proofs``. **Errors** SpecError."""
    found = []
    for name in shipped_modules(PROOFS) if modules is None else modules:
        module = _imported(partial(importlib.import_module, f"{PROOFS}.{name}"))
        found += _proofs_of(module, name)
    return found


def _proofs_of(module: ModuleType, name: str) -> list[FoundProof]:
    proofs = getattr(module, "PROOFS", ())
    if not isinstance(proofs, list | tuple) or not all(isinstance(p, Proof) for p in proofs):
        raise Diagnostic.NO_PROOFS.error(_file_span(module, "PROOFS"), name=name)
    for proof in proofs:
        proof.check_arguments("name", "protocol", "of")
    found = [FoundProof(name, proof) for proof in proofs]
    alike = Counter(f.identity for f in found)
    found = [f.of_class() if alike[f.identity] > 1 else f for f in found]
    seen: set[str] = set()
    for f in found:
        if f.identity in seen:
            raise Diagnostic.PROOF_TWICE.error(
                f.proof.span, name=f.proof.name, protocol=f.proof.protocol.__name__
            )
        seen.add(f.identity)
    return found


# ------------------------------------------------------------------------------------- finding
def find_proofs(target: str) -> list[FoundProof]:
    """All proofs that a target names: a module of ``proofs`` or a folder there, a protocol or the
    class of a proof, or a file. **Errors** UsageError when there is none, SpecError."""
    left, separator, name = target.partition("::")
    name, _, slug = name.partition("/")
    if not separator and ".py/" in left:
        left, _, slug = left.rpartition("/")
    if separator or left.endswith(".py"):
        shown, module = _module(left)
        proofs = _proofs_of(module, shown)
        chosen = [
            p
            for p in proofs
            if (not name or name in _classes_of(p)) and slug in ("", slug_of(p.proof.name))
        ]
        if not chosen:
            known = list(dict.fromkeys(f"{left}::{p.proof.protocol.__name__}" for p in proofs))
            if not known:
                raise UsageError(f"{left} has no PROOFS, a list of Proof(...); nothing to prove")
            raise UsageError(f"nothing is called {target!r}; its proofs are {', '.join(known)}")
        return chosen
    modules = shipped_modules(PROOFS)
    pattern, _, slug = left.lower().partition("/")
    named = [m for m in modules if _names_module(pattern, m)]
    found = shipped_proofs(named or None)
    if named:
        found = [f for f in found if slug in ("", slug_of(f.proof.name))]
    else:
        found = [
            f for f in found if any(fnmatch.fnmatchcase(c.lower(), pattern) for c in _classes_of(f))
        ]
    if found:
        return found
    classes = [c for f in shipped_proofs() for c in _classes_of(f)]
    known = [*modules, *(part for m in modules for part in m.split(".")), *classes]
    raise UsageError(
        f"there is no proof of {target!r}{_did_you_mean(target, known)}\n"
        f"there are proofs of {', '.join(modules) or 'nothing'}"
    )


def _classes_of(found: FoundProof) -> tuple[str, str]:
    return found.proof.of.__name__, found.proof.protocol.__name__


def find(target: str) -> list[Found]:
    """All models that a target names. **Errors** UsageError when there is none, SpecError."""
    left, separator, name = target.partition("::")
    name, _, slug = name.partition("/")
    if not separator and ".py/" in left:
        left, _, slug = left.rpartition("/")
    if separator or left.endswith(".py"):
        return _named(_find_in_module(left, name or None), slug, target)
    modules = shipped_modules()
    pattern = left.lower()
    named = [m for m in modules if _names_module(pattern, m)]
    if named:
        return shipped(named)
    # Module and slug is the name that `list` shows: no other specification need be imported for it.
    home, _, model = pattern.rpartition("/")
    if home in modules:
        of_home = [f for f in shipped([home]) if fnmatch.fnmatchcase(f.slug, model)]
        if of_home:
            return of_home
    everything = shipped()
    matching = [f for f in everything if _names_model(pattern, f)]
    if matching:
        return matching
    raise UsageError(
        f"nothing is called {target!r}"
        + _did_you_mean(target, _all_names(modules, everything))
        + "\n`ballotproof list` shows what there is"
    )


def _named(found: list[Found], slug: str, target: str) -> list[Found]:
    """Those with this slug, or all if none is given."""
    chosen = [f for f in found if slug in ("", f.slug)]
    if chosen:
        return chosen
    known = [f.slug for f in found]
    raise UsageError(f"nothing is called {target!r}; the models there are {', '.join(known)}")


def find_protocol(source: str) -> type[Protocol]:
    """The class that ``module::Class``, ``proofs.module::Class`` or ``file.py::Class`` names.

    **Errors** UsageError.
    """
    left, _, name = source.partition("::")
    folder, _, rest = left.partition(".")
    if folder == "proofs" and rest in shipped_modules(PROOFS):
        dotted = f"{PROOFS}.{rest}"
        return _class_in(_imported(partial(importlib.import_module, dotted)), name, left)
    _, module = _module(left)
    return _class_in(module, name, left)


def _names_module(pattern: str, module: str) -> bool:
    """Whether a module is meant: by its dotted name, a part of it, or its folder."""
    dotted = pattern.replace("/", ".")
    last = module.rpartition(".")[2]
    return (
        fnmatch.fnmatchcase(module, dotted)
        or fnmatch.fnmatchcase(last, dotted)
        or module.startswith(dotted + ".")
    )


def _names_model(pattern: str, found: Found) -> bool:
    names = [found.model.name, found.slug, found.identity, found.model.protocol.__name__]
    lowered = [name.lower() for name in names]
    return pattern in lowered or any(fnmatch.fnmatchcase(n, pattern) for n in lowered)


def _all_names(modules: Sequence[str], models: Sequence[Found]) -> Iterator[str]:
    for module in modules:
        yield module
        yield from module.split(".")
    for found in models:
        yield from (found.model.name, found.slug, found.model.protocol.__name__)


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), by_lower, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(by_lower[c] for c in close)}?" if close else ""


# ------------------------------------------------------------------------------ in one module
def _find_in_module(place: str, name: str | None) -> list[Found]:
    shown, module = _module(place)
    models = _models_of(module, shown)
    if name is not None:
        return models_for(_class_in(module, name, place), shown, models)
    protocols = _protocols_in(module)
    models = [f for f in models if f.model.protocol in protocols or not _is_imported(module)]
    if not protocols and not models:
        raise Diagnostic.NOT_A_PROTOCOL.error(_file_span(module), name=place)
    with_models = {f.model.protocol for f in models}
    extended = {base for p in protocols for base in p.__mro__[1:]}
    without = [p for p in protocols if p not in with_models and p not in extended]
    found = models + [f for p in without for f in models_for(p, shown, models)]
    if len({f.model.protocol for f in found}) > 1:
        named = [(f, f"{shown}::{f.model.protocol.__name__}") for f in found]
        return [replace(f, module=name) for f, name in named]
    return found


def _is_imported(module: ModuleType) -> bool:
    """Whether the MODELS of a module are those of another, which a star import has brought in."""
    models = vars(module).get("MODELS", ())
    homes = {sys.modules.get(m.protocol.__module__) for m in models}
    return any(home not in (None, module) and vars(home).get("MODELS") is models for home in homes)


def models_for(protocol: type[Protocol], shown: str, own: Sequence[Found] = ()) -> list[Found]:
    """The models of a protocol: its own; else those of its nearest base class that has some, taken
    over without what was expected of them; else one without sizes, for the command line to fill."""
    mine = [f for f in own if f.model.protocol is protocol]
    if mine:
        return mine
    for base in protocol.__mro__[1:]:
        module = sys.modules.get(base.__module__)
        models = [m for m in getattr(module, "MODELS", ()) if m.protocol is base]
        quick = [m for m in models if not m.slow] or models
        if quick:
            return [
                Found(shown, replace(m, protocol=protocol, expect=None, slow=False)) for m in quick
            ]
    return [Found(shown, Model(name="as given", protocol=protocol, span=class_span(protocol)))]


def _protocols_in(module: ModuleType) -> list[type[Protocol]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Protocol)
        and value.__module__ == module.__name__
    ]


def _class_in(module: ModuleType, name: str, place: str) -> type[Protocol]:
    value: Any = getattr(module, name, None)
    if isinstance(value, type) and issubclass(value, Protocol) and value is not Protocol:
        return value
    if value is not None:
        raise Diagnostic.NOT_A_PROTOCOL.error(_file_span(module), name=name)
    known = [p.__name__ for p in _protocols_in(module)]
    there = f"its protocols are {', '.join(known)}" if known else "it has no protocols"
    raise UsageError(f"{place} has no protocol {name}{_did_you_mean(name, known)}; {there}")


# ----------------------------------------------------------------------------------- importing
def _module(place: str) -> tuple[str, ModuleType]:
    """A module by file or by name, and how to call it."""
    if not place.endswith(".py"):
        modules = shipped_modules()
        named = [m for m in modules if _names_module(place.lower(), m)]
        if len(named) != 1:
            raise UsageError(f"there is no specification {place}{_did_you_mean(place, modules)}")
        return named[0], _imported(lambda: importlib.import_module(f"{SPEC}.{named[0]}"))
    path = Path(place)
    if not path.is_file():
        near = [str(p) for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise UsageError(f"there is no file {place}{_did_you_mean(place, near)}")
    dotted = _dotted_name(path.resolve())
    if dotted is not None:
        shown = dotted.removeprefix(SPEC + ".").removeprefix(PROOFS + ".")
        return shown, _imported(lambda: importlib.import_module(dotted), path)
    return place, _imported(lambda: _load(path.resolve()), path)


def _dotted_name(path: Path) -> str | None:
    """The name under which a file is imported when it belongs to a package.

    Ours first: the folders of the repository are seen through links. Then any folder with an
    ``__init__.py``, whose parent is put on the path.
    """
    for package in (SPEC, PROOFS):
        ours = Path(next(iter(importlib.import_module(package).__path__))).resolve()
        if path.is_relative_to(ours):
            return ".".join([package, *path.relative_to(ours).with_suffix("").parts])
    parts = [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    if len(parts) == 1:
        return None
    _put_on_path(folder)
    return ".".join(parts)


def _load(path: Path) -> ModuleType:
    """Import a file by path, under its own name if that is free; its neighbours can be imported."""
    _put_on_path(path.parent)
    name = path.stem
    if name in sys.stdlib_module_names or not _is_free(name, path):
        name = f"{path.stem}_{zlib.crc32(str(path).encode()):08x}"
    text = path.read_bytes()
    if name in sys.modules and getattr(sys.modules[name], "__text__", None) == text:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path, loader=_FromText(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    vars(module)["__text__"] = text
    sys.modules[name] = module  # records and protocols look up their module while it is made
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


class _FromText(SourceFileLoader):
    """Loads what the file says now. Python's cached bytecode goes by whole seconds and the size of
    the file, and so misses a quick edit of one character."""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


class _Neighbours(PathFinder):
    """Finds what a user's file imports from its own folder, and loads it as it stands now too."""

    folders: ClassVar[set[Path]] = set()

    @classmethod
    def find_spec(
        cls,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        spec = super().find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or spec.origin is None:
            return None
        file = Path(spec.origin).resolve()
        if not any(file.is_relative_to(folder) for folder in cls.folders):
            return None
        spec.loader = _FromText(fullname, spec.origin)
        return spec


def _put_on_path(folder: Path) -> None:
    """Let the files of a folder be imported."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    _Neighbours.folders.add(folder.resolve())
    if _Neighbours not in sys.meta_path:
        sys.meta_path.insert(0, _Neighbours)


def _is_free(name: str, path: Path) -> bool:
    """Whether no other file has been imported under this name."""
    known = sys.modules.get(name)
    return known is None or getattr(known, "__file__", None) == str(path)


def _imported(load: Callable[[], ModuleType], path: Path | None = None) -> ModuleType:
    """The module, or what is wrong with it as a SpecError at its place."""
    try:
        return load()
    except (KeyboardInterrupt, BallotproofError) as error:
        if isinstance(error, SpecError) and error.span is None:
            error.span = _author_span(error)
        raise
    except SyntaxError as error:
        line, column = error.lineno or 1, max(0, (error.offset or 1) - 1)
        span = Span(error.filename or str(path), line, column, line, column + 1)
        raise Diagnostic.NOT_PYTHON.error(span, error=error.msg) from None
    except ImportError as error:
        raise Diagnostic.IMPORT_FAILS.error(_author_span(error), error=error) from None
    except BaseException as error:  # SystemExit too: it is what the user's file does when imported
        said = f"{type(error).__name__}: {error}"
        raise Diagnostic.LOADING_FAILS.error(_author_span(error), error=said) from None


def _author_span(error: BaseException) -> Span | None:
    """The innermost line that is neither ours, nor Python's, nor a library's."""
    ours = str(Path(__file__).resolve().parent)
    language = str(Path(importlib.import_module(SPEC + ".lang").__path__[0]).resolve())
    python = sysconfig.get_path("stdlib")  # site-packages lies below it
    found = None
    for frame in traceback.extract_tb(error.__traceback__):
        file = str(Path(frame.filename).resolve())
        if file.startswith((ours, language, python)) or frame.filename.startswith("<"):
            continue
        line, column = frame.lineno or 1, frame.colno or 0
        end = frame.end_colno or column + 1
        found = Span(frame.filename, line, column, frame.end_lineno or line, end)
    return found


def _file_span(module: ModuleType, wanted: str = "MODELS") -> Span | None:
    """The line that assigns MODELS, or the first line of the file."""
    file = getattr(module, "__file__", None)
    if file is None:
        return None
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    line = next((i for i, text in enumerate(lines, 1) if text.startswith(wanted)), 1)
    return Span(file, line, 0, line, max(1, len(lines[line - 1]) if lines else 1))
