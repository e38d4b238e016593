"""From files to one scope: imports, params, names, and what broken text does not say."""

from pathlib import Path

import pytest

from epol.compiler.pipeline import compile_policy
from epol.compiler.resolve import stdlib
from epol.compiler.resolve.loader import UnreadableError
from epol.lang.builtins import MAX_IMPORT_DEPTH
from tests.compiler.building import HEAD, build, found, helps, policy


def test_a_file_that_cannot_be_read_is_no_diagnostic(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"none\.epol: No such file"):
        compile_policy(tmp_path / "none.epol")
    with pytest.raises(UnreadableError):
        compile_policy(tmp_path)


def test_each_file_is_read_once_and_before_what_imports_it(tmp_path: Path) -> None:
    built = build(
        tmp_path,
        HEAD + 'import "./a.epol"\nimport "./b.epol"\ntarget t { at local }',
        a='module a\nimport "./c.epol"',
        b='module b\nimport "./c.epol"',
        c="module c\nattr a.x : int",
    )
    assert [file.module for file in built.unit.files] == ["c", "a", "b", None]
    assert not built.diagnostics
    assert not built.has_errors


def test_the_digest_is_of_the_texts(tmp_path: Path) -> None:
    one = policy(tmp_path, HEAD + 'import "./a.epol"', a="module a").digest
    other = policy(tmp_path, HEAD + 'import "./a.epol"', a="module a # x").digest
    assert one == policy(tmp_path, HEAD + 'import "./a.epol"', a="module a").digest
    assert one != other
    assert one.startswith("sha256:")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ('"./none.epol"', "this file cannot be imported: no such file or directory"),
        ('"./"', "this is not a file, so it cannot be imported"),
        ('"/etc/passwd"', "an import names a file by a path relative to this one"),
        ('"a\\u{0}b"', "an import names a file by a path relative to this one"),
        ("std.edgy", "there is no standard module `std.edgy`; did you mean `std.edge`?"),
        ("zzz.qqq", "there is no standard module `zzz.qqq`"),
        ("std", "there is no standard module `std`"),
    ],
)
def test_what_cannot_be_imported_is_said(tmp_path: Path, target: str, message: str) -> None:
    [diagnostic] = build(tmp_path, HEAD + f"import {target}").diagnostics
    assert (diagnostic.name, diagnostic.span.text) == ("import-not-found", target)
    assert diagnostic.message.startswith(message)


def test_a_name_that_the_system_cannot_have_is_no_traceback(tmp_path: Path) -> None:
    assert found(tmp_path, HEAD + f'import "./{"x" * 3000}.epol"')[0][0] == "import-not-found"


def test_a_circle_of_imports_shows_its_links(tmp_path: Path) -> None:
    text = HEAD + 'import "./a.epol"'
    files = {"a": 'module a\nimport "./b.epol"', "b": 'module b\nimport "./a.epol"'}
    [diagnostic] = build(tmp_path, text, **files).diagnostics
    assert diagnostic.name == "import-cycle"
    assert [label.span.text for label in diagnostic.labels] == ['import "./b.epol"']
    itself = build(tmp_path, HEAD + 'import "./policy.epol"').diagnostics
    assert [d.name for d in itself] == ["import-cycle"]


def test_imports_nest_only_so_deep(tmp_path: Path) -> None:
    count = MAX_IMPORT_DEPTH + 3
    files = {f"m{i}": f'module m{i}\nimport "./m{i + 1}.epol"' for i in range(count)}
    names = {name for name, _ in found(tmp_path, HEAD + 'import "./m0.epol"', **files)}
    assert names == {"imports-too-deep"}


def test_the_standard_modules_are_named_by_where_they_lie() -> None:
    assert "std.edge" in stdlib.modules()
    for module in stdlib.modules():
        assert stdlib.path_of(module) is not None
    assert stdlib.path_of("std.none") is None
    assert stdlib.path_of("other.edge") is None


@pytest.mark.parametrize("module", stdlib.modules())
def test_a_standard_module_compiles(module: str) -> None:
    path = stdlib.path_of(module)
    assert path is not None
    assert not [d.message for d in compile_policy(path).diagnostics if d.severity == "error"]


# --- params --------------------------------------------------------------------------

MODULE = "module m\nparam limit : int in 0 .. 10 default 1\nparam names : set { a, b } default { }"
IMPORT = 'import "./m.epol"'


def test_the_policy_sets_a_param(tmp_path: Path) -> None:
    text = HEAD + IMPORT + " with { limit = 5 }\nattr a.x : int default limit"
    assert policy(tmp_path, text, m=MODULE).inputs["a.x"].fallback == 5
    text = HEAD + IMPORT + "\nattr a.x : int default m.limit"
    assert policy(tmp_path, text, m=MODULE).inputs["a.x"].fallback == 1


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("limit = 11", [("value-out-of-range", "11")]),
        ("limit = 5s", [("type-mismatch", "5s")]),
        ("limit = 5, limit = 6", [("duplicate-item", "limit = 6")]),
        ("limti = 5", [("unknown-param", "limti")]),
        ("names = { a, c }", [("unknown-member", "c")]),
        ("names = a", [("unknown-member", "a")]),
        ("names = { a, b }, limit = 0", []),
    ],
)
def test_a_setting_fits_its_param(
    tmp_path: Path, settings: str, expected: list[tuple[str, str]]
) -> None:
    text = HEAD + IMPORT + f" with {{ {settings} }}"
    assert found(tmp_path, text, m=MODULE) == expected


def test_an_unknown_param_names_those_there_are(tmp_path: Path) -> None:
    def helped(settings: str, module: str) -> str | None:
        [told] = helps(tmp_path, HEAD + IMPORT + f" with {{ {settings} }}", m=module)
        return told

    assert helped("limti = 5", MODULE) == "did you mean `limit`?"
    assert helped("zzz = 5", MODULE) == "it has limit, names"
    assert helped("zzz = 5", "module m") == "it has no params"


def test_a_param_without_value_or_default_is_told_at_its_import(tmp_path: Path) -> None:
    module = "module m\nparam limit : int"
    assert found(tmp_path, HEAD + IMPORT, m=module) == [("param-not-set", IMPORT)]
    assert found(tmp_path, HEAD + "param p : int") == [("param-not-set", "param p : int")]
    assert not found(tmp_path, module), "a module read on its own: whoever imports it sets it"


def test_a_param_twice_or_of_no_type_is_told_once(tmp_path: Path) -> None:
    module = "module m\nparam limit : int default 1\nparam limit : int default 2"
    assert [name for name, _ in found(tmp_path, HEAD + IMPORT, m=module)] == [
        "duplicate-declaration"
    ]
    assert found(tmp_path, HEAD + "param p : intt default 1") == [("unknown-type", "intt")]


# --- names ---------------------------------------------------------------------------


def test_names_are_global_and_a_module_s_own_may_be_qualified(tmp_path: Path) -> None:
    module = "module m.n\nlet big = a.x > 5\nattr a.x : int"
    text = HEAD + 'import "./m.epol"\nrule r { when big or m.n.big deny }'
    assert not found(tmp_path, text, m=module)
    text = HEAD + 'import "./m.epol"\nlet own = true\nrule r { when m.n.own deny }'
    assert found(tmp_path, text, m=module) == [("unknown-attribute", "m.n.own")]


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("attr a.x : int\nsignal a.x : int", "a.x"),
        ("let x = true\nparam x : int default 1", "x"),
        ("target x { at local }\nlet x = true", "x"),
        ("rule r { deny }\nrule r { deny }", "r"),
        ("field x : int\nfield x : bool", "x"),
        ("prove p { never true }\nprove p { never true }", "p"),
        ('label l\ndetector d -> l { words "x" }\ndetector d -> l { words "y" }', "d"),
    ],
)
def test_a_name_is_declared_once(tmp_path: Path, text: str, second: str) -> None:
    [diagnostic] = build(tmp_path, HEAD + text).diagnostics
    assert (diagnostic.name, diagnostic.span.text) == ("duplicate-declaration", second)
    [label] = diagnostic.labels
    assert label.span.start < diagnostic.span.start


def test_two_modules_have_two_names(tmp_path: Path) -> None:
    text = HEAD + 'import "./a.epol"\nimport "./b.epol"'
    names = found(tmp_path, text, a="module same", b="module same")
    assert names == [("duplicate-declaration", "same")]


def test_a_rule_of_a_module_has_the_module_s_name_before_it(tmp_path: Path) -> None:
    text = HEAD + 'import "./a.epol"\ntarget t { at local }\nrule r { deny }'
    rules = policy(tmp_path, text, a="module a.b\nrule r { deny }").rules
    assert [rule.name for rule in rules] == ["a.b.r", "r"]


# --- text that did not parse ---------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "attr a.x : int default )\nrule r { when a.x > 5 deny }",
        "let big = )\nrule r { when big deny }",
        "label phi.mrn )\nrule r { redact phi.mrn redact phi }",
        'label phi.mrn )\nrule r { when found phi deny }\ndetector d -> phi.mrn { words "x" }',
        "field speed : int )\nrule r { when target.speed > 5 deny }",
        "field speed : int )\ntarget t { at local speed 5 }",
        'target t { at local ( }\ntest "x" { expect route t }',
        "target t { at local ( }\nrule r { when t.up or target.name == t deny }",
        'rule gone { when ( }\ntest "x" { expect fired gone }',
        'attr a.x : )\ntest "x" { set a.x = 5 expect blocked }',
        "attr a.x : )\nprove p { raising a.x never chooses true }",
    ],
)
def test_a_name_whose_declaration_did_not_parse_is_not_called_unknown(
    tmp_path: Path, text: str
) -> None:
    names = {name for name, _ in found(tmp_path, HEAD + text)}
    assert names <= {"syntax-error", "target-without-place"}


def test_any_other_unknown_name_is(tmp_path: Path) -> None:
    text = HEAD + "let big = )\nrule r { when bigg deny }"
    names = [name for name, _ in found(tmp_path, text)]
    assert names == ["syntax-error", "unknown-attribute"]
