"""Objects: machine code for this processor, made of LLVM assembly, and loaded.

**Source** llvmlite brings LLVM.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite  # type: ignore[import-untyped]  # it says nothing about its types
from llvmlite import binding as llvm

__all__ = ["identity", "loaded", "machine_code"]

PASSES: tuple[Callable[[Any], None], ...] = (
    lambda p: p.add_always_inliner_pass(),
    lambda p: p.add_global_dead_code_eliminate_pass(),
    lambda p: p.add_sroa_pass(),
    lambda p: p.add_simplify_cfg_pass(),
    lambda p: p.add_instruction_combine_pass(),
    lambda p: p.add_new_gvn_pass(),
    lambda p: p.add_jump_threading_pass(),
    lambda p: p.add_simplify_cfg_pass(),
    lambda p: p.add_instruction_combine_pass(),
    lambda p: p.add_aggressive_dce_pass(),
)
"""What pays for programs of this kind: they run as fast as with all that LLVM does at level 2, and
are compiled in a third of the time."""

TRANSLATOR = ("emit.py", "assembly.py", Path(__file__).name)
"""The modules that decide what code a program becomes."""


def machine_code(assembly: str, level: int = 2) -> tuple[Any, bytes]:
    """Code for this machine: the engine that holds it, and the object file for the cache."""
    target = target_machine(level)
    module = llvm.parse_assembly(assembly)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    passes = llvm.create_new_module_pass_manager()
    for add in PASSES:
        add(passes)
    passes.run(module, llvm.create_pass_builder(target, options))
    code: bytes = target.emit_object(module)
    return loaded(code), code


def identity() -> tuple[str, ...]:
    """What machine code depends on besides its source: this translator, LLVM, the processor."""
    features = llvm.get_host_cpu_features().flatten()
    version = ".".join(map(str, llvm.llvm_version_info))
    return (
        *(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in TRANSLATOR),
        llvmlite.__version__,
        version,
        llvm.get_default_triple(),
        llvm.get_host_cpu_name(),
        features,
    )


def target_machine(level: int = 2) -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=level,
        jit=True,
    )


def loaded(code: bytes) -> Any:
    """An engine with an object file in memory."""
    target = target_machine()
    empty = llvm.parse_assembly(f'target triple = "{llvm.get_default_triple()}"')
    engine = llvm.create_mcjit_compiler(empty, target)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine
