"""Reading a log's files line by line, however large they are."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from epol.engine.bundle.lines import decode_object
from epol.engine.errors import LogError
from epol.engine.log.begin import Begin, read_begin
from epol.engine.log.chain import MAX_LINE, Stated, stated
from epol.engine.log.folder import file_of, numbers_in


@dataclass(frozen=True)
class LogFile:
    """A file of a log and what its first line says."""

    path: Path
    begin: Begin


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: of which file, which line there (from 1), and what it says of itself."""

    file: Path
    line: int
    said: Stated

    def fields(self) -> dict[str, object]:
        """All that the line says; empty where it is no JSON."""
        fields = decode_object(self.said.body + b"}", dict[str, object])
        return {} if fields is None else {**fields, "mac": self.said.mac.hex()}


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files that paths name, folders opened.  Raises `LogError`."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [file_of(path, number) for number in numbers_in(path)]
            if not inside:
                raise LogError(f"{path}: there is no file of a decision log in this folder")
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def opened(paths: Iterable[Path]) -> tuple[list[LogFile], list[tuple[Path, str]]]:
    """The files of a log in their order, and those whose first line cannot be read, with why.

    Raises `LogError` for a file that cannot be opened.
    """
    good: list[LogFile] = []
    bad: list[tuple[Path, str]] = []
    for path in paths:
        with closing(raw_lines(path)) as lines:
            first = next(lines, b"")
        try:
            good.append(LogFile(path, read_begin(stated(first))))
        except LogError as error:
            bad.append((path, str(error)))
    return sorted(good, key=lambda file: file.begin.file), bad


def raw_lines(path: Path) -> Generator[bytes]:
    """The lines of a file with their ends; one that is too long in pieces, none of them a line.

    Raises `LogError`.
    """
    try:
        with path.open("rb") as stream:
            while line := stream.readline(MAX_LINE):
                yield line
    except OSError as error:
        raise LogError(f"{path}: {error.strerror or error}") from None


def entries(file: LogFile) -> Iterator[Entry]:
    """The lines of a file that have the form of one; nothing is judged.  Raises `LogError`."""
    for number, raw in enumerate(raw_lines(file.path), start=1):
        said = stated(raw)
        if said is not None:
            yield Entry(file.path, number, said)
