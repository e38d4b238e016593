"""Write what an installation of the built wheel consists of: a CycloneDX SBOM, beside the wheel.

The wheel is installed with all extras into an environment of its own, as a user would, and
cyclonedx-bom lists what is there, each package with its version, licence and what it needs.  The
list is of the day and platform it is made on: the wheel itself names ranges.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def project() -> dict[str, Any]:
    """What pyproject.toml says of the project."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    said: dict[str, Any] = tomllib.loads(text)["project"]
    return said


def installed(folder: Path, *wanted: str) -> Path:
    """An environment without pip, in which something is installed: its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(python)]
    subprocess.run([*pip, "install", "--prefer-binary", *wanted], cwd=ROOT, check=True)
    return python


def write(wheel: Path, extras: list[str], target: Path, scratch: Path) -> None:
    """The bill of one wheel with extras, as JSON."""
    python = installed(scratch / "user", f"{wheel}[{','.join(extras)}]")
    lister = installed(scratch / "lister", "--group", "pyproject.toml:release")
    subprocess.run(
        [
            *(lister.with_name("cyclonedx-py"), "environment", python),
            *("--pyproject", ROOT / "pyproject.toml", "--mc-type", "library"),
            *("--output-reproducible", "--output-file", target),
        ],
        check=True,
    )


def lacking(bill: dict[str, Any], needed: list[str]) -> list[str]:
    """The requirements that a bill does not list."""
    listed = {_plain(component["name"]) for component in bill["components"]}
    return [each for each in needed if _plain(re.split(r"[<>=!~\[; ]", each)[0]) not in listed]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Write the bill; 1 where it is not whole."""
    said = project()
    name = f"{said['name']}-{said['version']}"
    wheel, target = ROOT / "dist" / f"{name}-py3-none-any.whl", ROOT / "dist" / f"{name}.cdx.json"
    extras: dict[str, list[str]] = said["optional-dependencies"]
    with tempfile.TemporaryDirectory() as scratch:
        write(wheel, list(extras), target, Path(scratch))
    bill = json.loads(target.read_text(encoding="utf-8"))
    lacks = lacking(
        bill, [*said["dependencies"], *(each for extra in extras.values() for each in extra)]
    )
    if lacks:
        print(f"{target.name} lacks {', '.join(lacks)}", file=sys.stderr)
        return 1
    print(f"{target.relative_to(ROOT)}: {len(bill['components'])} packages")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
