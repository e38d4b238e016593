"""Do the tests notice when the meaning of the language, or of what runs it, changes?

    python tests/mutate.py [semantics|glob|claims|lowering|kernel|assembling|deciding ...]

Changes one thing at a time in the modules that define the language, runs every case of
conformance/ on each change, and lists the changes that no case notices.  The same for the
modules that lower a policy and decide by it, where other tests notice
(`mutation_subjects`).  A name of a single module of these will do too.  Those that change
nothing that can be seen stand in mutants_equivalent.txt with the reason.
"""

import ast
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace as replaced
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import NoReturn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from epol.compiler import cases  # noqa: E402
from epol.compiler.pipeline import compile_policy  # noqa: E402
from tests.mutation_subjects import SUBJECTS, Subject, prepare  # noqa: E402
from tests.mutations import Mutant, mutants  # noqa: E402

MODULES = ("semantics", "glob", "claims")
CASES = sorted((HERE.parent / "conformance").rglob("cases.yaml"))
EQUIVALENT = HERE / "mutants_equivalent.txt"
SECONDS, LONGER, TESTS = 10, 60, 600  # of processor time; all cases take about two
KILLED, SURVIVED = 1, 0


def explained() -> dict[str, str]:
    """The changes that cannot be seen, each with the reason."""
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines()
    entries = [line.split("  # ", 1) for line in lines if line and not line.startswith("#")]
    return {change.strip(): reason for change, reason in entries}


def fails(path: Path) -> bool:
    """Whether some case of a file fails, or anything breaks."""
    try:
        return any(result.problem for result in cases.run_cases(path))
    except Exception:  # noqa: BLE001 (whatever breaks has noticed the change)
        return True


def noticed_by() -> int | None:
    """The first file of cases that fails, or None."""
    return next((i for i, path in enumerate(CASES) if fails(path)), None)


def replace(module: ModuleType, code: CodeType) -> None:
    """Run a module's changed code, and give what it defines to everyone who has the old."""
    before = dict(vars(module))
    exec(code, vars(module))
    changed = {
        id(old): vars(module)[name]
        for name, old in before.items()
        if getattr(old, "__module__", None) == module.__name__
    }
    for name, other in list(sys.modules.items()):
        if name.startswith(("epol.", "tests.")):
            for key, value in list(vars(other).items()):
                if id(value) in changed:
                    setattr(other, key, changed[id(value)])


def survives(module: ModuleType, mutant: Mutant) -> bool:
    """Whether no case notices a change.  It is made in a child process only."""
    code = compile(mutant.tree, str(module.__file__), "exec", dont_inherit=True)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        in_child(module, code, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if told:
        CASES.insert(0, CASES.pop(int(told)))  # who noticed one change notices the next
    return status == SURVIVED


def in_child(module: ModuleType, code: CodeType, writing: int) -> NoReturn:
    """Make a change, look for a case that notices it, and end."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    try:
        replace(module, code)
        first = noticed_by()
        if first is None:
            remember(forget=True)
            first = noticed_by()
    except BaseException:  # noqa: BLE001 (a change that does not even load)
        os._exit(KILLED)
    if first is None:
        os._exit(SURVIVED)
    os.write(writing, str(first).encode())
    os._exit(KILLED)


def survives_of(subject: Subject, name: str, mutant: Mutant) -> bool:
    """Whether no test of a subject notices a change of a module."""
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGER)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        try:
            make(subject, name, mutant.tree)
            noticed = subject.is_noticed(mutant.tree)
            if not noticed:
                signal.setitimer(signal.ITIMER_VIRTUAL, TESTS)
                noticed = subject.fails()
        except BaseException:  # noqa: BLE001 (whatever breaks has noticed the change)
            os._exit(KILLED)
        os._exit(KILLED if noticed else SURVIVED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == SURVIVED


def make(subject: Subject, name: str, tree: ast.Module) -> None:
    """Run a changed module, and anew those after it, which may hold parts of the old one."""
    if name not in sys.modules:
        return
    first = subject.modules.index(name)
    for other in subject.modules[first:]:
        module = sys.modules[other]
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        own = tree if other == name else ast.parse(source)
        replace(module, compile(own, str(module.__file__), "exec", dont_inherit=True))


_read = cases.read_cases


def remember(*, forget: bool = False) -> None:
    """Compile each policy and read each file of cases once; or again each time.

    The first look at a change goes by what was compiled before it, which is much faster.
    """
    cases.__dict__.update(
        compile_policy=compile_policy if forget else cache(compile_policy),
        read_cases=_read if forget else cache(_read),
    )


def examine(name: str) -> Iterator[tuple[Mutant, bool]]:
    """Every change of a module, and whether it survives."""
    for subject in SUBJECTS.values():
        for module_name in subject.modules:
            if _short(module_name) == name:
                yield from examine_one(subject, module_name)
                return
    module = importlib.import_module(f"epol.lang.{name}")
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for mutant in mutants(name, tree):
        yield mutant, survives(module, mutant)


def examine_one(subject: Subject, module_name: str) -> Iterator[tuple[Mutant, bool]]:
    """Every change of a module of a subject, and whether it survives."""
    spec = find_spec(module_name)
    assert spec is not None
    tree = ast.parse(Path(str(spec.origin)).read_text(encoding="utf-8"))
    own = subject if module_name == subject.modules[0] else replaced(subject, tests=())
    if not survives_of(own, module_name, Mutant(tree, 1, "nothing")):
        raise SystemExit(f"{module_name}: noticed without any change")
    for mutant in mutants(_short(module_name), tree):
        yield mutant, survives_of(subject, module_name, mutant)


def _short(module: str) -> str:
    """The name by which a module stands in mutants_equivalent.txt, as in `kernel.assemble`."""
    return module.removeprefix("epol.").removeprefix("engine.").removeprefix("compiler.")


def _modules(names: Sequence[str]) -> list[str]:
    """The modules that names of subjects and modules stand for."""
    found: list[str] = []
    for name in names:
        subject = SUBJECTS.get(name)
        found += [name] if subject is None else map(_short, subject.modules)
    return found


def _module_of(change: str) -> str:
    """The module that a change is of, by its longest name."""
    every = [*MODULES, *_modules([*SUBJECTS])]
    return max((name for name in every if change.startswith((f"{name}.", f"{name} "))), key=len)


def main() -> int:
    """Report, and say by the exit status whether every change was noticed or is explained."""
    names = _modules(sys.argv[1:] or [*MODULES, *SUBJECTS])
    remember()
    prepare()
    failing = [path for path in CASES if fails(path)]
    for path in failing:
        print(f"left out, as it fails without any change: {path.parent.relative_to(HERE.parent)}")
        CASES.remove(path)
    known, unexplained, seen, count = explained(), 0, set[str](), 0
    begun = time.monotonic()
    for name in names:
        for mutant, survived in examine(name):
            count += 1
            if survived:
                seen.add(mutant.change)
            if survived and mutant.change not in known:
                unexplained += 1
                print(f"{name}.py:{mutant.line}  {mutant.change}", flush=True)
    stale = [change for change in known if change not in seen and _module_of(change) in names]
    for change in stale:
        print(f"explained, but noticed or gone: {change}")
    print(f"{count} changes in {time.monotonic() - begun:.0f} s, {unexplained} not noticed")
    return 1 if unexplained or stale or failing else 0


if __name__ == "__main__":
    sys.exit(main())
