"""The files of a log: rotation, restarts, crashes, threads and processes, and full disks."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import cast

import pytest

from epol.engine import DecisionLog, Engine, LogError, Request
from epol.engine.log.chain import NO_MAC, SEAL, Chain, Epoch, Head
from epol.engine.log.file import OpenFile
from epol.engine.log.folder import file_of, numbers_in
from epol.engine.log.keys import LogKeys
from epol.engine.log.writer import LogWriter
from tests.engine.engines import GOOD, bundle
from tests.engine.forking import forked
from tests.engine.log.logs import KEY, OTHER_KEY, found, records, verify, write

WRITE = """
import sys
from pathlib import Path
from epol.engine import DecisionLog, Engine, Request
log = DecisionLog(sys.argv[1], key=sys.argv[3].encode(), fsync="never", seal_lines=7)
engine = Engine.load(Path(sys.argv[2]).read_bytes(), log=log)
print("ready", flush=True)
for number in range(int(sys.argv[4])):
    engine.decide(Request({"request.tokens": number}))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


def writer(folder: Path, key: bytes = KEY, max_bytes: int = 1 << 20) -> LogWriter:
    return LogWriter(folder, LogKeys(key), max_bytes=max_bytes, fsync="never")


def add(to: LogWriter, count: int = 1) -> None:
    for number in range(count):
        with to.turn():
            to.catch_up()
            to.make_room(400)
            to.append("decision", b'"number":%d,"pad":"%s"' % (number, b"x" * 100))


def closed(to: LogWriter) -> None:
    with to.turn():
        to.catch_up()
        to.seal("close")
    to.close()


# --- files ------------------------------------------------------------------------------


def test_files_are_the_owners_alone(folder: Path) -> None:
    write(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_folder_that_others_may_write_to_is_refused(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(LogError, match="make it 0700"):
        DecisionLog(folder, key=KEY)


@pytest.mark.parametrize("name", ["000001.jsonl", "lock"])
def test_a_link_is_not_followed(folder: Path, tmp_path: Path, name: str) -> None:
    folder.mkdir(mode=0o700)
    (tmp_path / "elsewhere").write_text("")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LogError):
        DecisionLog(folder, key=KEY)


def test_a_restart_goes_on_in_the_same_file(folder: Path) -> None:
    for _ in range(3):
        write(folder)
    assert numbers_in(folder) == [1]
    assert found(verify(folder)) == []
    assert [line["seq"] for line in records(folder)] == [3, 4, 5, 6, 9, 10, 11, 12, 15, 16, 17, 18]


def test_files_end_before_they_are_too_large_and_go_on(folder: Path) -> None:
    to = writer(folder, max_bytes=4096)
    add(to, 100)
    closed(to)
    numbers = numbers_in(folder)
    assert len(numbers) > 4
    assert all(file_of(folder, number).stat().st_size <= 4096 for number in numbers)
    report = verify(folder)
    assert found(report) == []
    assert report.kinds["decision"] == 100
    assert report.files == len(numbers)


def test_a_file_of_several_that_is_gone(folder: Path) -> None:
    to = writer(folder, max_bytes=4096)
    add(to, 100)
    closed(to)
    files = [file_of(folder, number) for number in numbers_in(folder)]
    assert found(verify(*files[1:])) == ["file-missing"]
    assert found(verify(*files[:-1])) == ["file-missing"]
    assert found(verify(*files[:2], *files[3:])) == ["file-missing"]
    assert found(verify(*reversed(files))) == []
    assert found(verify(files[2], is_partial=True)) == []
    assert found(verify(*files[:2], *files[3:], is_partial=True)) == ["file-missing"]
    copy = folder.parent / "copy.jsonl"
    copy.write_bytes(files[1].read_bytes())
    assert "file-twice" in found(verify(*files, copy))


def test_a_file_that_is_cut_off_before_the_next(folder: Path) -> None:
    to = writer(folder, max_bytes=4096)
    add(to, 30)
    closed(to)
    path = file_of(folder, 1)
    data = path.read_bytes()
    for size in range(len(data) - 400, len(data), 7):
        path.write_bytes(data[:size])
        assert found(verify(folder)), size


def test_each_file_says_what_the_policy_declares(folder: Path) -> None:
    write(folder, [Request(GOOD)] * 30, max_bytes=8192)
    numbers = numbers_in(folder)
    assert len(numbers) > 1
    for number in numbers:
        kinds = [
            json.loads(line)["kind"] for line in file_of(folder, number).read_text().splitlines()
        ]
        assert kinds.index("policy") < kinds.index("decision")


def test_another_key_begins_another_chain(folder: Path) -> None:
    write(folder)
    write(folder, key=OTHER_KEY)
    write(folder, key=OTHER_KEY)
    assert numbers_in(folder) == [1, 2]
    assert found(verify(folder, keys=[KEY, OTHER_KEY])) == []
    assert found(verify(folder)) == ["wrong-key"]
    path = file_of(folder, 1)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    assert "lines-removed" in found(verify(folder, keys=[KEY, OTHER_KEY]))


# --- what is found where a log is opened or written --------------------------------------


def test_an_end_that_was_changed_is_not_gone_on_from(folder: Path) -> None:
    path = file_of(write(folder), 1)
    path.write_bytes(path.read_bytes().replace(b'"status":"route"', b'"status":"block"', 1))
    with pytest.raises(LogError, match="not what was written"):
        DecisionLog(folder, key=KEY)


def test_a_file_that_is_none(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    file_of(folder, 1).write_text("what is this\n")
    with pytest.raises(LogError, match="not that of a decision log"):
        DecisionLog(folder, key=KEY)


@pytest.mark.parametrize("change", ["cut", "removed", "replaced", "altered"])
def test_a_file_that_is_changed_while_it_is_in_use(folder: Path, change: str) -> None:
    to = writer(folder)
    add(to, 3)
    path = file_of(folder, 1)
    data = path.read_bytes()
    if change == "removed":
        path.unlink()
    elif change == "cut":
        os.truncate(path, len(data) - 5)
    elif change == "replaced":
        path.rename(folder / "moved")
        path.write_bytes(data)
    else:
        with path.open("ab") as stream:
            stream.write(data.splitlines(keepends=True)[-1])
    with pytest.raises(LogError):
        add(to)
    with pytest.raises(LogError):
        add(to)


def test_a_torn_line_is_left_behind_and_told(folder: Path) -> None:
    path = file_of(write(folder), 1)
    with path.open("ab") as stream:
        stream.write(b'{"seq":8,"epoch":1,"kind":"dec')
    assert found(verify(folder)) == ["torn-end"]
    write(folder)
    report = verify(folder)
    assert found(report) == []
    (note,) = report.notes
    assert (note.name, note.file, note.line) == ("torn-line", path, 8)
    assert numbers_in(folder) == [1, 2]
    # What is left behind is part of what was written, too.
    path.write_bytes(path.read_bytes()[:-1])
    assert found(verify(folder)) == ["line-altered"]


def test_a_torn_line_that_another_process_left(folder: Path) -> None:
    one, other = writer(folder), writer(folder)
    add(one)
    with file_of(folder, 1).open("ab") as stream:
        stream.write(b'{"seq"')
    add(other)
    add(one)
    closed(other)
    closed(one)
    report = verify(folder)
    assert found(report) == []
    assert [note.name for note in report.notes] == ["torn-line"]
    assert report.kinds["decision"] == 3


# --- threads and processes ---------------------------------------------------------------


def test_threads_write_one_chain(folder: Path) -> None:
    to = writer(folder, max_bytes=20_000)
    threads = [threading.Thread(target=add, args=(to, 200)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    closed(to)
    report = verify(folder)
    assert found(report) == []
    assert report.kinds["decision"] == 800


def test_writers_of_one_folder_take_turns(folder: Path) -> None:
    several = [writer(folder, max_bytes=5000) for _ in range(3)]
    for _ in range(30):
        for each in several:
            add(each)
    for each in several:
        closed(each)
    report = verify(folder)
    assert found(report) == []
    assert report.kinds["decision"] == 90


def started(folder: Path, policy: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", WRITE, str(folder), str(policy)]
    return subprocess.Popen([*command, KEY.decode(), str(count)], stdout=subprocess.PIPE, text=True)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "clinic.epolb"
    path.write_bytes(bundle())
    return path


def test_processes_write_one_chain(folder: Path, policy: Path) -> None:
    running = [started(folder, policy, 150) for _ in range(2)]
    for each in running:
        each.communicate(timeout=300)
        assert each.returncode == 0
    report = verify(folder)
    assert found(report) == []  # the program's end seals the log's
    assert report.kinds["decision"] == 300


def test_a_process_that_is_killed_while_it_writes(folder: Path, policy: Path) -> None:
    for _ in range(3):
        process = started(folder, policy, 1_000_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert set(found(verify(folder))) <= {"end-open", "torn-end"}
    write(folder)
    report = verify(folder)
    assert found(report) == []
    assert {note.name for note in report.notes} <= {"torn-line"}
    assert report.kinds["decision"] > 4


def test_a_forked_child_goes_on_with_the_log(folder: Path) -> None:
    log = DecisionLog(folder, key=KEY, fsync="never", seal_seconds=0.02)
    engine = Engine.load(bundle(), log=log)
    engine.decide(Request(GOOD))

    def child() -> bool:
        done = [engine.decide(Request(GOOD)).status for _ in range(20)]
        log.close()
        return done == ["route"] * 20

    children = [threading.Thread(target=lambda: results.append(forked(child))) for _ in range(2)]
    results: list[bool] = []
    for thread in children:
        thread.start()
    for _ in range(50):
        assert engine.decide(Request(GOOD)).status == "route"
    for thread in children:
        thread.join()
    log.close()
    assert results == [True, True]
    report = verify(folder)
    assert found(report) == []
    assert report.kinds["decision"] == 91


def test_a_child_that_is_forked_while_a_lock_is_held_has_one_of_its_own(folder: Path) -> None:
    """Of all moments to fork the worst, each made sure of."""
    log = DecisionLog(folder, key=KEY, fsync="never")
    engine = Engine.load(bundle(), log=log)
    engine.decide(Request(GOOD))
    writer, held = vars(log)["_writer"], vars(log)["_counting"]
    lock_file = cast(int, vars(writer)["_lock"])
    released = threading.Event()

    def child() -> bool:
        return engine.decide(Request(GOOD)).status == "route"

    def let_go() -> None:
        released.wait(0.5)
        fcntl.flock(lock_file, fcntl.LOCK_UN)

    with vars(writer)["_thread"], held, vars(vars(log)["_sealer"])["_starting"]:
        # The turn itself is the parent's, so the child waits for it, and for nothing else.
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        other = threading.Thread(target=let_go)
        other.start()
        assert forked(child)
        other.join()
    assert engine.decide(Request(GOOD)).status == "route"
    log.close()
    report = verify(folder)
    assert (found(report), report.kinds["decision"]) == ([], 3)


# --- seals -------------------------------------------------------------------------------


def test_seals_come_by_lines_and_at_the_end(folder: Path) -> None:
    write(folder, [Request(GOOD)] * 10, seal_lines=5)
    assert [line["why"] for line in records(folder, "seal")] == ["lines", "lines", "close"]


def test_seals_come_in_time_though_nothing_is_decided(folder: Path) -> None:
    with DecisionLog(folder, key=KEY, fsync="never", seal_seconds=0.01) as log:
        Engine.load(bundle(), log=log).decide(Request(GOOD))
        until = time.monotonic() + 30
        while not records(folder, "seal") and time.monotonic() < until:
            time.sleep(0.01)
        assert records(folder, "seal")[0]["why"] == "time"
    assert found(verify(folder)) == []


def test_each_seal_ends_an_epoch_whose_key_is_gone() -> None:
    chain = Chain(Epoch(0, LogKeys(KEY).chain("x")), Head(0, NO_MAC))
    first = chain.epoch.key
    chain.accept(chain.line("decision", b"").said)
    chain.accept(chain.line(SEAL, b"").said)
    assert chain.epoch.number == 1
    assert first not in (chain.epoch.key, chain.head.mac)
    with pytest.raises(LogError, match="cannot be computed"):
        chain.epoch.at(0)


@pytest.mark.parametrize("fsync", ["always", "seals", "never"])
def test_a_log_is_whole_however_the_disk_is_asked(folder: Path, fsync: str) -> None:
    with DecisionLog(folder, key=KEY, fsync=fsync) as log:
        Engine.load(bundle(), log=log).decide(Request(GOOD))
    assert found(verify(folder)) == []


# --- a turn that ends half way -----------------------------------------------------------


@pytest.mark.parametrize("where", ["accept", "_count", "sync", "code"])
@pytest.mark.parametrize("seals", [1, 1000])
def test_an_interrupt_leaves_a_whole_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, seals: int
) -> None:
    """Whatever was done of a line when Ctrl-C came, the next one goes on behind what is there."""
    log = DecisionLog(folder, key=KEY, max_bytes=9000, seal_lines=seals)
    engine = Engine.load(bundle(), log=log)
    owner = Chain if hasattr(Chain, where) else OpenFile

    def busy() -> None:
        for _ in range(3):
            engine.decide(Request(GOOD))
        log.seal()

    original = getattr(owner, where)
    for _ in range(8):
        for late in (False, True):

            def interrupted(*arguments: object, late: bool = late) -> object:
                if late:
                    original(*arguments)
                monkeypatch.setattr(owner, where, original)
                raise KeyboardInterrupt

            monkeypatch.setattr(owner, where, interrupted)
            with pytest.raises(KeyboardInterrupt):
                busy()
            assert engine.decide(Request(GOOD)).status == "route"
    log.close()
    monkeypatch.undo()
    assert len(numbers_in(folder)) > 1
    assert found(verify(folder)) == []


# --- a disk that takes no more -----------------------------------------------------------

FULL = """
import resource, sys
from pathlib import Path
from epol.engine import DecisionLog, Engine, Request
log = DecisionLog(sys.argv[1], key=sys.argv[3].encode(), fsync="never", on_failure=sys.argv[4])
engine = Engine.load(Path(sys.argv[2]).read_bytes(), log=log)
request = Request({"request.tokens": 5})
said = [engine.decide(request).failure for _ in range(2)]
size = (Path(sys.argv[1]) / "000001.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + int(sys.argv[5]), resource.RLIM_INFINITY))
said += [engine.decide(request).failure for _ in range(3)]
print(log.lost, end=" ")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
said += [engine.decide(request).failure for _ in range(2)]
log.close()
print(*said)
"""


@pytest.mark.parametrize("room", [0, 100])
@pytest.mark.parametrize("on_failure", ["block", "count"])
def test_what_cannot_be_written(folder: Path, policy: Path, on_failure: str, room: int) -> None:
    """The file may grow by no byte, or by a part of a line, which is then torn."""
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(folder), str(policy), KEY.decode(), on_failure, str(room)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    report = verify(folder)
    assert found(report) == []
    at_the_time, *said = ran.stdout.split()
    told = sum(line["lost"] for line in records(folder, "gap"))
    if on_failure == "block":
        lost = said.count("log-failure")
        assert (at_the_time, told) == ("0", 0)
    else:
        lost = told
        assert said == ["None"] * 7
    assert lost >= 1
    assert report.kinds["decision"] + lost == 7
    # A new file has room of its own, and is torn in its turn.
    assert ("torn-line" in [note.name for note in report.notes]) == bool(room)
