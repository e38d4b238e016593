"""What is shipped: the wheel is whole, and the sdist gives the same wheel."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.repo.house import PACKAGES, ROOT, modules, tracked


def build(kind: str, source: Path, target: Path) -> Path:
    """Build without an index: hatchling is a requirement of the tests."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    [built] = target.iterdir()
    return built


def contents(wheel: Path) -> dict[str, bytes]:
    """Each file of a wheel with its bytes."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of this checkout."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def sdist(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    target = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(target)], check=True)
    [root] = target.iterdir()
    return root


def test_the_wheel_has_every_module_and_what_it_reads(wheel: Path) -> None:
    names = set(contents(wheel))
    for package in PACKAGES:
        assert {path.relative_to(ROOT / package).as_posix() for path in modules(package)} <= names
        assert f"epol/{package}/py.typed" in names
    assert "epol/lang/grammar.lark" in names
    library = ROOT / "stdlib-policies"
    shipped = {f"epol/stdlib/{p.relative_to(library).as_posix()}" for p in library.rglob("*.epol")}
    assert shipped
    assert shipped <= names
    sectors = ROOT / "examples" / "sectors"
    files = {p.relative_to(sectors).as_posix() for p in sectors.rglob("*") if p.is_file()}
    assert files
    assert {f"epol/sectors/{file}" for file in files} <= names


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in contents(wheel)}
    parts = {name.split("/")[1] for name in contents(wheel) if name.startswith("epol/")}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"epol"}
    assert parts == {*PACKAGES, "stdlib", "sectors"}


def test_the_wheel_carries_the_licences(wheel: Path) -> None:
    names = contents(wheel)
    for text in ("LICENSE", "THIRD_PARTY.md"):
        [name] = [name for name in names if name.endswith(f".dist-info/licenses/{text}")]
        assert names[name] == (ROOT / text).read_bytes()


def test_the_sdist_has_every_file(sdist: Path) -> None:
    here = {path.relative_to(ROOT).as_posix() for path in tracked()}
    there = {p.relative_to(sdist).as_posix() for p in sdist.rglob("*") if p.is_file()}
    assert there == here | {"PKG-INFO"}


def test_another_build_elsewhere_is_the_same_bytes(
    sdist: Path, archive: Path, wheel: Path, tmp_path: Path
) -> None:
    """From the unpacked sdist, whose files are new, and under another umask."""
    before = os.umask(0o077)
    try:
        assert build("wheel", sdist, tmp_path / "wheel").read_bytes() == wheel.read_bytes()
        assert build("sdist", sdist, tmp_path / "sdist").read_bytes() == archive.read_bytes()
    finally:
        os.umask(before)


def test_the_wheel_runs_by_itself(wheel: Path, tmp_path: Path) -> None:
    """From an empty directory, with only the wheel's files before the dependencies."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    policy = tmp_path / "p.epol"
    policy.write_text('policy p version "1"\nimport std.edge\ntarget ward { at local }\n')
    program = (
        "import sys, epol.compiler, epol.compiler.resolve.stdlib as stdlib\n"
        f"assert stdlib.root().is_relative_to({str(tmp_path)!r}), stdlib.root()\n"
        "from epol.compiler.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "check", str(policy)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
