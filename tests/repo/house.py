"""What the tests of the house share: where it stands and which files are in it."""

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lang", "compiler", "engine", "gateway")


@cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, new ones too, without what is made from them."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        paths = (ROOT / name for name in listed if name)
    else:
        rules = GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text().splitlines())
        paths = (ROOT / name for name in rules.match_tree_files(ROOT, negate=True))
    return tuple(sorted(path for path in paths if path.is_file()))


def modules(package: str) -> list[Path]:
    """The Python files of `epol.<package>`."""
    return sorted((ROOT / package / "epol" / package).rglob("*.py"))
