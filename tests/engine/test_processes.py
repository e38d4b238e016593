"""The engine in other processes: forked, spawned, many at once; and the kernel's cache."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from epol.engine import Engine, Request
from epol.engine.kernel import load
from epol.engine.models import classifier
from tests.engine.engines import GOOD, KNOWN, bundle, python
from tests.engine.forking import forked
from tests.engine.test_sharing import ONE, TWO, WHOLE, Swapping, answer

LOAD = """
import json, sys
from pathlib import Path
from epol.engine import Engine, Request
from epol.engine.kernel.load import kernel
engine = Engine.load(Path(sys.argv[1]).read_bytes())
decision = engine.decide(Request(json.loads(sys.argv[2]), [("user", "MRN 00482913")]))
print(json.dumps([kernel().was_cached, "numba" in sys.modules, decision.order, decision.labels]))
"""
ONLY_DECIDES = """
import sys
from pathlib import Path
from epol.compiler.deciding import engine_for
from epol.compiler.pipeline import compile_policy
from epol.engine import Engine
from epol.engine.kernel.load import loaded_automata
engine = engine_for(compile_policy(Path(sys.argv[2])).policy)
assert engine.decide({"flow": "request"})["unknown"] == []
assert loaded_automata() is None
Engine.load(sys.argv[1])
assert loaded_automata().was_cached
"""
DECIDED = [["ward", "site", "azure"], {"phi.mrn": 1}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "clinic.epolb"
    path.write_bytes(bundle())
    return path


def loaded(path: Path, cache: Path | str) -> tuple[bool, bool]:
    """Load and decide in a new process: was the kernel cached, was numba imported."""
    ran = python(LOAD, str(path), json.dumps(GOOD), EPOL_CACHE=str(cache))
    assert ran.returncode == 0, ran.stderr
    was_cached, has_numba, *decided = json.loads(ran.stdout)
    assert decided == DECIDED
    return was_cached, has_numba


# --- forks and spawns -----------------------------------------------------------------


@contextmanager
def busy(engine: Engine) -> Generator[None]:
    """Two threads that decide, publish and read decisions, and one that swaps."""
    done = threading.Event()

    def decide() -> None:
        while not done.is_set():
            engine.decide(Request(KNOWN, [("user", "MRN 00482913")])).to_json()
            engine.signals.publish({"site.load": 0.1})

    threads = [threading.Thread(target=decide) for _ in range(2)]
    with Swapping(engine, 1):
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            done.set()
            for thread in threads:
                thread.join()


def works(engine: Engine) -> bool:
    """Whether a child can do all that its parent can."""
    engine.signals.publish({"site.load": 0.1})
    for number in range(6):
        engine.swap((TWO, ONE)[number % 2], allow_downgrade=True)
        decision = engine.decide(Request(KNOWN, [("user", "MRN 00482913")]))
        if answer(decision)[:3] not in WHOLE or answer(decision)[3] != 1:
            return False
        decision.to_json()
        engine.decide_batch({"request.tokens": [1, 2]})
    return engine.policy.version == "1.3.0"


def test_children_that_are_forked_under_load_go_on() -> None:
    engine = Engine.load(ONE)
    with busy(engine):
        assert all(forked(lambda: works(engine)) for _ in range(12))
    assert works(engine)


def test_a_child_that_is_forked_while_a_lock_is_held_has_one_of_its_own() -> None:
    """Of all moments to fork the worst, each made sure of."""
    engine = Engine.load(ONE)
    locks = [
        (load, "_lock"),
        (vars(classifier)["_loaded"], "_making"),
        (engine, "_swapping"),
        (engine.signals, "_publishing"),
    ]
    with ExitStack() as held:
        for owner, name in locks:
            held.enter_context(getattr(owner, name))
        assert forked(lambda: works(engine))
        assert forked(lambda: all(getattr(owner, name).acquire(timeout=1) for owner, name in locks))


def _in_process(method: str, path: Path) -> list[object]:
    context = multiprocessing.get_context(method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with context.Pool(2) as pool:
            return pool.map(_load_and_decide, [str(path)] * 4)


def _load_and_decide(path: str) -> object:
    decision = Engine.load(path).decide(Request(GOOD, [("user", "MRN 00482913")]))
    return [list(decision.order), dict(decision.labels)]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_of_every_kind(method: str, path: Path) -> None:
    assert _in_process(method, path) == [DECIDED] * 4


def test_a_pool_that_is_forked_under_load(path: Path) -> None:
    with busy(Engine.load(ONE)):
        assert _in_process("fork", path) == [DECIDED] * 4


def test_signals_of_a_child_are_its_own() -> None:
    engine = Engine.load(bundle())
    engine.signals.publish(GOOD)

    def goes_on() -> bool:
        before = engine.decide(Request()).order
        engine.signals.publish({"net.jitter": "90ms"})
        return before == ("ward", "site", "azure") and engine.decide(Request()).order == (
            "ward",
            "site",
        )

    assert forked(goes_on)
    assert engine.decide(Request()).order == ("ward", "site", "azure")


# --- the cache ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that a process has filled."""
    folder = tmp_path_factory.mktemp("warm")
    path = folder / "clinic.epolb"
    path.write_bytes(bundle())
    assert loaded(path, folder / "cache") == (False, True)
    return folder / "cache"


def test_a_warm_start_compiles_nothing(path: Path, warm: Path) -> None:
    assert loaded(path, warm) == (True, False)


def test_who_scans_nothing_has_no_automata(path: Path, warm: Path, tmp_path: Path) -> None:
    source = tmp_path / "one.epol"
    source.write_text("policy one\ntarget a { at local }\n", encoding="utf-8")
    ran = python(ONLY_DECIDES, str(path), str(source), EPOL_CACHE=str(warm))
    assert ran.returncode == 0, ran.stderr


def test_a_cache_that_cannot_be_written_is_read(path: Path, warm: Path) -> None:
    warm.chmod(0o500)
    try:
        before = sorted(each.name for each in warm.iterdir())
        assert loaded(path, warm) == (True, False)
        assert sorted(each.name for each in warm.iterdir()) == before
    finally:
        warm.chmod(0o700)


@pytest.mark.parametrize("cache", ["", "/dev/null"])
def test_without_a_cache_the_kernel_is_compiled(path: Path, cache: str) -> None:
    assert loaded(path, cache) == (False, True)


def test_processes_that_start_at_once_agree(path: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", LOAD, str(path), json.dumps(GOOD)]
    environment = {**os.environ, "EPOL_CACHE": str(tmp_path / "cache")}
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(3)]
    for each in started:
        out, _ = each.communicate(timeout=300)
        assert each.returncode == 0
        assert json.loads(out)[2:] == DECIDED
    assert loaded(path, tmp_path / "cache") == (True, False)
    assert not [each.name for each in (tmp_path / "cache").iterdir() if each.suffix != ".hs"]


BEGIN = """
import json, os, sys
from pathlib import Path
from epol.engine.kernel import ahead
from epol.engine.kernel.load import begin, kernel
cache, does = Path(sys.argv[1]), sys.argv[2]
begin(cache)
begun = len(ahead._begun)
if does == "kill":
    ahead._begun[os.getpid()].kill()
if does == "fork" and (child := os.fork()) == 0:
    os._exit(ahead.finished())
if does == "fork":
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
if does != "end":
    kernel(cache)
process = ahead._begun.get(os.getpid())
print(json.dumps([begun, "numba" in sys.modules, process and process.pid]))
"""


def begun(cache: Path, does: str) -> tuple[int, bool, int | None]:
    """Begin to compile ahead: how often, was numba imported after all, and the process."""
    ran = python(BEGIN, str(cache), does)
    assert (ran.returncode, ran.stderr) == (0, "")
    count, has_numba, process = json.loads(ran.stdout)
    return count, has_numba, process


def test_a_process_compiles_the_kernel_ahead(tmp_path: Path) -> None:
    assert begun(tmp_path / "cache", "fork")[:2] == (1, False)
    assert begun(tmp_path / "cache", "")[:2] == (0, False)


def test_what_no_process_has_compiled_is_compiled_here(tmp_path: Path) -> None:
    assert begun(tmp_path / "cache", "kill")[:2] == (1, True)


def test_nothing_is_left_of_what_was_begun_in_vain(tmp_path: Path) -> None:
    count, has_numba, process = begun(tmp_path / "cache", "end")
    assert (count, has_numba) == (1, False)
    assert process is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert not [each.name for each in tmp_path.rglob("*.hs")]


def test_nothing_begins_that_could_not_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert begun(tmp_path / "file" / "cache", "end") == (0, False, None)


def test_a_damaged_kernel_is_made_anew(path: Path, warm: Path, tmp_path: Path) -> None:
    """`tests.engine.bundle.test_cache` flips every byte of a file of the cache."""
    folder = tmp_path / "cache"
    shutil.copytree(warm, folder)
    for file in folder.iterdir():
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    assert loaded(path, folder) == (False, True)
    assert loaded(path, folder) == (True, False)


def test_a_machine_without_numba_says_so(path: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['numba'] = None\n" + LOAD
    ran = python(code, str(path), json.dumps(GOOD), EPOL_CACHE=str(tmp_path / "c"))
    assert ran.returncode == 1
    assert "KernelError: the kernel cannot be compiled" in ran.stderr
