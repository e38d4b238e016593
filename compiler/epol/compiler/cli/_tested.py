"""What `epolc test` tests where a module is named, and what it says of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from epol.compiler.cli._common import fail

if TYPE_CHECKING:
    from epol.compiler.pipeline import Compiled
    from epol.lang.model import Policy


def tested(paths: Sequence[Path]) -> list[Compiled]:
    """The builds of policies and modules.

    A module that has a test policy is tested by it, and one that another build imports with that.
    """
    builds: dict[Path, Compiled] = {}
    for path in paths:
        if path.resolve() not in builds:
            build = _with_targets(_compile(path))
            builds.setdefault(build.unit.root.path.resolve(), build)
    return _without_imported(list(builds.values()))


def _compile(path: Path) -> Compiled:
    from epol.compiler.pipeline import compile_policy
    from epol.compiler.resolve.loader import UnreadableError

    try:
        return compile_policy(path)
    except UnreadableError as error:
        fail(str(error))


def _with_targets(build: Compiled) -> Compiled:
    """A build, or in place of a module's its test policy's, which has targets."""
    from epol.compiler.test_policies import subject, test_policy_of

    root = build.unit.root
    path = None if root.module is None else test_policy_of(root.path)
    if path is None:
        return build
    tests = _compile(path)
    if not tests.has_errors and subject(tests.unit) is None:
        fail(f"{path}: this is where {root.path} is tested, but it does not import that module")
    return tests


def _without_imported(builds: Sequence[Compiled]) -> list[Compiled]:
    """The builds without modules that another one imports, which are tested with that one."""
    inside = {file.path.resolve() for build in builds for file in build.unit.files[:-1]}
    return [build for build in builds if build.unit.root.path.resolve() not in inside]


def module_note(build: Compiled) -> str | None:
    """What there is to cover in a module without a test policy; None for what is no such module."""
    from epol.compiler.resolve.loader import shown_name
    from epol.compiler.test_policies import named_for, own_files

    root, policy = build.unit.root, build.policy
    if root.module is None or policy is None:
        return None
    sources = {file.tree.source.name for file in own_files(build.unit)}
    if any(rule.span.source.name in sources for rule in policy.rules):
        where = shown_name(named_for(root.path))
        return f"{root.module}: a module has no targets; a policy that tests it would be {where}"
    return f"{root.module}: no rules, so nothing to cover; {_tried(policy, sources)}"


def _tried(policy: Policy, sources: set[str]) -> str:
    """How many examples its own detectors have; the build has tried them, and has no errors."""
    own = [each for each in policy.detectors if each.span.source.name in sources]
    read = [each for each in own if each.model is None]
    wanted = [example.wanted for each in read for example in each.examples]
    parts: list[str] = []
    if read:
        detectors = f"{len(read)} detector{'s' * (len(read) != 1)}"
        found = f"{sum(wanted)} examples and nothing in {len(wanted) - sum(wanted)} counterexamples"
        parts.append(f"{detectors} found {found}")
    if len(own) > len(read):
        parts.append(f"{len(own) - len(read)} of a model")
    return ", ".join(parts) or "no detectors of its own"
