"""Reading a policy's files: the root, and every module that it imports, each once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from epol.compiler.resolve import stdlib
from epol.compiler.resolve.files import BundleError, Files, opened
from epol.compiler.resolve.standard import read_standard
from epol.lang import ast
from epol.lang.builtins import EDITIONS, MAX_IMPORT_DEPTH
from epol.lang.diagnostics import Diagnostic, Label, correction, define, did_you_mean
from epol.lang.lexer import Comment
from epol.lang.parser import Parsed, parse
from epol.lang.source import Source, Span

SOURCE_NOT_UTF8 = define(
    "source-not-utf8",
    "a file is not UTF-8",
    "Policies are UTF-8 text. Save the file in that encoding.",
    bad={"policy.epol": 'policy example version "1" # caf\udce9'},
    good={"policy.epol": 'policy example version "1" # café'},
)
HEADER_MISSING = define(
    "header-missing",
    "a file does not say what it is",
    'A policy file has one `policy NAME version "…"`; a file that is imported has one '
    "`module NAME`.",
    bad={"policy.epol": "target ward { at local }"},
    good={"policy.epol": 'policy example version "1"\ntarget ward { at local }'},
)
HEADER_REPEATED = define(
    "header-repeated",
    "a file says twice what it is",
    "There is exactly one `policy` in a build, and one `module` in each imported file.",
    bad={"policy.epol": 'policy one version "1"\npolicy two version "1"'},
    good={"policy.epol": 'policy one version "1"'},
)
UNKNOWN_LANGUAGE_EDITION = define(
    "unknown-language-edition",
    "a file is written in an edition of the language that this compiler does not know",
    "`language N` pins the edition a file is written in. This compiler knows edition 1.",
    bad='policy example version "1" language 9',
    good='policy example version "1" language 1',
)
IMPORT_NOT_FOUND = define(
    "import-not-found",
    "an imported module cannot be read",
    "A standard module is imported by name (`import std.edge`), a file by a path relative to the "
    'file that imports it (`import "./staff.epol"`).',
    bad="import std.edgy",
    good='policy example version "1"\nimport std.edge',
)
IMPORT_CYCLE = define(
    "import-cycle",
    "modules import each other in a circle",
    "Imports form an acyclic graph. Move what both need into a third module.",
    bad={
        "policy.epol": 'policy example version "1"\nimport "./a.epol"',
        "a.epol": 'module a\nimport "./b.epol"',
        "b.epol": 'module b\nimport "./a.epol"',
    },
    good={
        "policy.epol": 'policy example version "1"\nimport "./a.epol"\nimport "./b.epol"',
        "a.epol": 'module a\nimport "./b.epol"',
        "b.epol": "module b",
    },
)
_CHAIN = {
    f"m{i}.epol": f'module m{i}\nimport "./m{i + 1}.epol"' for i in range(1, MAX_IMPORT_DEPTH + 2)
}
IMPORTS_TOO_DEEP = define(
    "imports-too-deep",
    "a chain of imports is longer than the limit",
    "Modules may import each other 50 deep. Import what is deep below from the policy itself.",
    bad={
        "policy.epol": 'policy example version "1"\nimport "./m1.epol"',
        **_CHAIN,
        f"m{MAX_IMPORT_DEPTH + 2}.epol": f"module m{MAX_IMPORT_DEPTH + 2}",
    },
    good={
        "policy.epol": 'policy example version "1"\nimport "./m1.epol"',
        "m1.epol": "module m1",
    },
)
MODULE_EXPECTED = define(
    "module-expected",
    "an imported file is a policy",
    "There is one policy in a build; the files it imports begin with `module NAME` instead.",
    bad={
        "policy.epol": 'policy example version "1"\nimport "./other.epol"',
        "other.epol": 'policy other version "1"',
    },
    good={
        "policy.epol": 'policy example version "1"\nimport "./other.epol"',
        "other.epol": "module other",
    },
)
WITH_OUTSIDE_POLICY = define(
    "with-outside-policy",
    "a module sets another module's params",
    "Setting a `param` is the only way to relax a module, and only the policy file may do it.",
    bad={
        "policy.epol": 'policy example version "1"\nimport "./a.epol"',
        "a.epol": 'module a\nimport "./b.epol" with { limit = 5 }',
        "b.epol": "module b\nparam limit : int default 1",
    },
    good={
        "policy.epol": 'policy example version "1"\nimport "./b.epol" with { limit = 5 }',
        "b.epol": "module b\nparam limit : int default 1",
    },
)

Head = ast.PolicyHead | ast.ModuleHead
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class LoadedFile:
    """One file of a build.  `module` is None for the policy itself."""

    path: Path
    tree: ast.File
    comments: tuple[Comment, ...]
    broken_names: frozenset[str]
    head: Head | None
    module: str | None
    is_standard: bool

    def qualified(self, name: str) -> str:
        """A rule's or detector's name as output shows it."""
        return name if self.module is None else f"{self.module}.{name}"


@dataclass(frozen=True)
class Unit:
    """The files of a build, imported ones first, the root last."""

    files: tuple[LoadedFile, ...]
    imports: tuple[tuple[LoadedFile, ast.Import], ...]
    modules: dict[int, LoadedFile]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def root(self) -> LoadedFile:
        """The file that was asked for."""
        return self.files[-1]

    def imported(self, node: ast.Import) -> LoadedFile | None:
        """The file that an import brought, or None if it failed."""
        return self.modules.get(id(node))

    def digest(self) -> str:
        """SHA-256 over every file's name in the build and the SHA-256 of its text."""
        lines = sorted(
            f"{file.module or 'policy'} {hashlib.sha256(_encoded(file)).hexdigest()}\n"
            for file in self.files
        )
        return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()


def _encoded(file: LoadedFile) -> bytes:
    return file.tree.source.text.encode("utf-8", "surrogatepass")


class UnreadableError(OSError):
    """The root file cannot be read at all; str() says why."""


Parse = Callable[[Source], Parsed]
"""What reads a text, as `parse` does."""


def load(path: Path, parse: Parse = parse) -> Unit:
    """Read a policy or module and what it imports.  Raises `UnreadableError` for the root.

    `path` is an `.epol` file; or a bundle, or a file in one, as if the bundle were a folder.
    """
    try:
        files, root = opened(path)
        data = files.read(root)
    except BundleError as error:
        raise UnreadableError(str(error)) from None
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from None
    run = _Run(files, parse)
    run.add(root, shown_name(root), data, standard=_is_standard(root))
    return Unit(tuple(run.files), tuple(run.imports), run.modules, tuple(run.diagnostics))


def shown_name(path: Path) -> str:
    """A path as output shows it; bytes that are no text are written as escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _is_standard(path: Path) -> bool:
    """Whether a root is a standard module; what tests one is nobody's library."""
    return stdlib.root() in path.resolve().parents and not path.name.endswith(stdlib.TEST_SUFFIX)


@dataclass
class _Run:
    """One loading: depth-first, so that a module comes before what imports it."""

    store: Files
    parse: Parse
    files: list[LoadedFile] = field(default_factory=list[LoadedFile])
    imports: list[tuple[LoadedFile, ast.Import]] = field(
        default_factory=list[tuple[LoadedFile, ast.Import]]
    )
    modules: dict[int, LoadedFile] = field(default_factory=dict[int, LoadedFile])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    done: dict[Path, LoadedFile] = field(default_factory=dict[Path, LoadedFile])
    known: dict[Path, Path] = field(default_factory=dict[Path, Path])
    open: list[tuple[Path, ast.Import | None]] = field(
        default_factory=list[tuple[Path, ast.Import | None]]
    )

    def add(
        self, path: Path, name: str, data: bytes, *, standard: bool, by: ast.Import | None = None
    ) -> LoadedFile:
        """Read one file and everything it imports."""
        file = self._parse(path, name, data, standard=standard, imported=by is not None)
        self.open.append((self._resolved(path), by))
        for node in file.tree.declarations:
            if isinstance(node, ast.Import):
                self._follow(file, node)
        self.open.pop()
        self.done[self._resolved(path)] = file
        self.files.append(file)
        return file

    def _resolved(self, path: Path) -> Path:
        """The path without links; the system is asked once, for many modules import one."""
        if path not in self.known:
            self.known[path] = path.resolve()
        return self.known[path]

    def _parse(
        self, path: Path, name: str, data: bytes, *, standard: bool, imported: bool
    ) -> LoadedFile:
        text = data.decode("utf-8", "surrogateescape")
        source = Source(name, text)
        self.diagnostics += _check_encoding(source)
        parsed = read_standard(name, text) if standard else self.parse(source)
        self.diagnostics += parsed.diagnostics
        head = self._head(parsed.file, has_errors=bool(parsed.diagnostics), imported=imported)
        module = head.name.text if isinstance(head, ast.ModuleHead) else None
        return LoadedFile(
            path, parsed.file, parsed.comments, parsed.broken_names, head, module, standard
        )

    def _head(self, tree: ast.File, *, has_errors: bool, imported: bool) -> Head | None:
        heads = [d for d in tree.declarations if isinstance(d, ast.PolicyHead | ast.ModuleHead)]
        if not heads:
            if not has_errors:
                wanted = "module NAME" if imported else 'policy NAME version "…"'
                message = f"this file has no `{wanted}` line"
                self.diagnostics.append(HEADER_MISSING.at(tree.source.span(0, 0), message))
            return None
        for extra in heads[1:]:
            message = "this file has said already what it is"
            first = Label(heads[0].span, "here")
            self.diagnostics.append(HEADER_REPEATED.at(extra.span, message, labels=[first]))
        head = heads[0]
        if head.language is not None and head.language.text not in {str(e) for e in EDITIONS}:
            message = f"this compiler does not know edition {head.language.text} of the language"
            known = ", ".join(str(edition) for edition in EDITIONS)
            self.diagnostics.append(
                UNKNOWN_LANGUAGE_EDITION.at(head.language.span, message, help=f"known: {known}")
            )
        return head

    def _follow(self, file: LoadedFile, node: ast.Import) -> None:
        self.imports.append((file, node))
        is_root = self.open[0][0] == self._resolved(file.path)
        if node.settings and isinstance(file.head, ast.ModuleHead) and not is_root:
            message = "only the policy file may set the params of a module"
            self.diagnostics.append(WITH_OUTSIDE_POLICY.at(node.span, message))
        path, problem = _locate(self.store, file, node)
        if path is None:
            named = node.target.text if isinstance(node.target, ast.Name) else ""
            fix = correction(node.target.span, named, stdlib.modules())
            self.diagnostics.append(IMPORT_NOT_FOUND.at(node.target.span, problem, fix=fix))
            return
        resolved = self._resolved(path)
        if any(resolved == other for other, _ in self.open):
            self._report_cycle(node, resolved)
            return
        if len(self.open) > MAX_IMPORT_DEPTH:
            message = f"modules import each other more than {MAX_IMPORT_DEPTH} deep here"
            self.diagnostics.append(IMPORTS_TOO_DEEP.at(node.span, message))
            return
        imported = self.done.get(resolved)
        if imported is None:
            imported = self._read_import(file, node, path)
        if imported is not None:
            self.modules[id(node)] = imported
            if isinstance(imported.head, ast.PolicyHead):
                message = f"`{imported.tree.source.name}` is a policy; only modules are imported"
                self.diagnostics.append(MODULE_EXPECTED.at(node.target.span, message))

    def _read_import(self, file: LoadedFile, node: ast.Import, path: Path) -> LoadedFile | None:
        try:
            data = self.store.read(path) if not path.exists() or path.is_file() else None
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            message = f"this file cannot be imported: {reason}"
            self.diagnostics.append(IMPORT_NOT_FOUND.at(node.target.span, message))
            return None
        if data is None:
            message = "this is not a file, so it cannot be imported"
            self.diagnostics.append(IMPORT_NOT_FOUND.at(node.target.span, message))
            return None
        standard = file.is_standard or isinstance(node.target, ast.Name)
        name = node.target.text if isinstance(node.target, ast.Name) else _beside(file, node.target)
        return self.add(path, name, data, standard=standard, by=node)

    def _report_cycle(self, node: ast.Import, resolved: Path) -> None:
        at = next(i for i, (path, _) in enumerate(self.open) if path == resolved)
        links = [by for _, by in self.open[at + 1 :] if by is not None]
        labels = [Label(link.span, "imported here") for link in links]
        message = "this import closes a circle"
        self.diagnostics.append(IMPORT_CYCLE.at(node.span, message, labels=labels))


def _beside(file: LoadedFile, target: ast.Text) -> str:
    """The name of an imported file, as seen from where the root was named."""
    return str(Path(file.tree.source.name).parent / target.value)


def _locate(store: Files, file: LoadedFile, node: ast.Import) -> tuple[Path | None, str]:
    """The path an import means, or why there is none."""
    if isinstance(node.target, ast.Name):
        module = node.target.text
        path = store.standard(module)
        if path is None:
            near = did_you_mean(module, stdlib.modules())
            message = f"there is no standard module `{module}`"
            return None, f"{message}; {near}" if near else message
        return path, ""
    relative = Path(node.target.value)
    if relative.is_absolute() or "\0" in node.target.value:
        return None, "an import names a file by a path relative to this one"
    return file.path.parent / relative, ""


def _check_encoding(source: Source) -> Iterator[Diagnostic]:
    """A byte that is not UTF-8 was decoded as a lone surrogate."""
    found = _NOT_UTF8.search(source.text)
    if found is not None:
        message = f"the byte 0x{ord(found.group()) - 0xDC00:02X} here is not UTF-8"
        yield SOURCE_NOT_UTF8.at(Span(source, found.start(), found.end()), message)
