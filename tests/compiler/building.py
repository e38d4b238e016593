"""What the tests of the compiler share: files to a build in one call."""

from pathlib import Path
from tempfile import TemporaryDirectory

from epol.compiler.examine import Examination, examine
from epol.compiler.pipeline import Compiled, compile_policy
from epol.lang.model import Policy

HEAD = 'policy example version "1"\n'
WARD = "target ward { at local context 8k }\n"
EDGE = HEAD + "import std.edge\n" + WARD


def write(folder: Path, text: str, **files: str) -> Path:
    """A policy and the modules beside it (`m="…"` is m.epol)."""
    for name, content in files.items():
        (folder / f"{name}.epol").write_text(content, encoding="utf-8")
    path = folder / "policy.epol"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return path


def build(folder: Path, text: str, **files: str) -> Compiled:
    """What is known of a build."""
    return compile_policy(write(folder, text, **files))


def check(folder: Path, text: str, **files: str) -> Examination:
    """All that `check` finds."""
    return examine(write(folder, text, **files))


def policy(folder: Path, text: str, **files: str) -> Policy:
    """A policy that compiles."""
    built = build(folder, text, **files)
    assert built.policy is not None, [(d.name, d.message) for d in built.diagnostics]
    return built.policy


def policy_of(text: str) -> Policy:
    """A policy that compiles, after `policy NAME version` and without files beside it."""
    with TemporaryDirectory() as folder:
        return policy(Path(folder), HEAD + text)


def found(folder: Path, text: str, **files: str) -> list[tuple[str, str]]:
    """Name of each diagnostic of a build, and the text it points at."""
    return [(d.name, d.span.text) for d in build(folder, text, **files).diagnostics]


def helps(folder: Path, text: str, **files: str) -> list[str | None]:
    """The help of each diagnostic of a build."""
    return [d.help for d in build(folder, text, **files).diagnostics]
