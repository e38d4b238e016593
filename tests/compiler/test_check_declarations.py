"""Declarations: types, defaults, origins, labels, detectors, targets, rules, claims."""

from pathlib import Path

import pytest

from epol.compiler.patterns.limits import MAX_PATTERN
from epol.lang.builtins import MAX_LABELS
from epol.lang.model import Treat
from tests.compiler.building import HEAD, build, check, found, policy

BASE = (
    HEAD
    + """
label phi.mrn
label phi.name
target ward { at local }
field speed : int in 0 .. 10
"""
)
DETECTOR = "detector d -> phi.mrn {{ {} }}"
LONG = "x" * (MAX_PATTERN + 1)


@pytest.mark.parametrize(
    "text",
    [
        "attr a.x : int in -5 .. 1_000 default 3",
        "attr a.x : int in 0 .. 5 * 2 default 2 + 3",
        "attr a.x : int default 2.0",
        "attr a.x : ratio default 1",
        "attr a.x : number in 0 .. 5 default 35%",
        "attr a.x : enum { p } default p",
        "param p : enum { p, q } default q\nattr a.x : enum { p, q } default p",
        "param d : enum { p, q } default q\nattr a.x : enum { p, q } default d",
        "param d : set { p, q } default { q }\nattr a.x : set { p, q } default d",
        "attr a.x : set { p, q } default { }",
        'attr a.x : string default "x"',
        "attr a.x : bool default true",
        "signal s.x : duration stale after 5s = 10s default 1s",
        'signal s.x : ratio from model "m" cost 5ms',
        "signal s.x : int in 0 .. 10 from count /x/ from user",
        'signal s.x : bool from match words "x" nocase',
        'signal s.x : ratio from density words "x"',
        'signal s.x : number from similarity "x" model "m"',
        "label a generalize by round 0.5",
        "label a generalize by year\nlabel a generalize by month",
        "label phi under x\nlabel x",
        DETECTOR.format('match /x+/ words "y" near "z" within 1k adds 100 score 0 threshold 100'),
        DETECTOR.format("match /x/ entropy 3.5 check luhn, iban left not digit right not word"),
        DETECTOR.format('model "m" class PER cost 18ms threshold 80'),
        DETECTOR.format("match /(?<value>\\p{L}+)x/"),
        DETECTOR.format('match /x/ stopwords "y" example "x" counterexample "y"'),
        'target t { at cloud speed 5 price in $1 out $2 per 1M url "u" key env "K" }',
        "target t { at cloud price in $0.5 * 2 out $1 per 1k }",
        "rule r { tag \"x\" }",
        "rule r { mask any except phi keep last 4 }",
        "rule r { generalize phi by round 5 }",
        "rule r { on any cap temperature 0.5 cap reasoning_effort low cap max_output_tokens 5 }",
        "rule r { prefer 5 avoid 0.5 score -3 }",
        "prove p { on tool_call never ward.up }",
        "attr a.x : bool\nprove p { raising a.x never chooses true }",
        "prove p { lowering ward.queue never chooses target.at == local }",
    ],
)  # fmt: skip
def test_what_fits_is_accepted(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, BASE + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("attr a.x : integer", ("unknown-type", "integer")),
        ("attr a.x : bool in 0 .. 1", ("range-empty", "bool in 0 .. 1")),
        ("attr a.x : int in 5 .. 4", ("range-empty", "int in 5 .. 4")),
        ("attr a.x : int in 0 .. 5ms", ("type-mismatch", "5ms")),
        ("attr a.x : int in nope .. 5", ("unknown-attribute", "nope")),
        ("attr a.x : enum { }", ("duplicate-member", "enum { }")),
        ("attr a.x : set { p, q, p }", ("duplicate-member", "p")),
        ("attr a.x : int default 5ms", ("type-mismatch", "5ms")),
        ("attr a.x : int default 0.5", ("type-mismatch", "0.5")),
        ("attr a.x : int default 3_000_000_000", ("value-out-of-range", "3_000_000_000")),
        ("attr a.x : int default -1", ("value-out-of-range", "-1")),
        ("attr a.x : int default { p }", ("type-mismatch", "{ p }")),
        ("attr a.x : int default true", ("type-mismatch", "true")),
        ("attr a.x : bool default 1", ("type-mismatch", "1")),
        ("attr a.x : string default 5", ("type-mismatch", "5")),
        ("attr a.x : enum { p } default q", ("unknown-member", "q")),
        ("attr a.x : enum { p } default a.p", ("unknown-attribute", "a.p")),
        ("attr a.x : enum { p } default 5", ("type-mismatch", "5")),
        ('attr a.x : enum { p } default "p"', ("type-mismatch", '"p"')),
        ("attr a.x : set { p } default p", ("unknown-member", "p")),
        ("attr a.x : set { p } default { q }", ("unknown-member", "q")),
        ("attr a.x : set { p } default { 5 }", ("unknown-member", "5")),
        ("attr a.y : int\nattr a.x : int default a.y", ("not-constant", "a.y")),
        ("attr a.x : int default ward.queue", ("not-constant", "ward.queue")),
        ("attr a.x : int default target.speed", ("not-constant", "target.speed")),
        ("attr a.x : int default 1 default 2", ("duplicate-item", "2")),
        (
            "signal s.x : int stale after 5s = 1 stale after 6s = 2",
            ("duplicate-item", "stale after 6s = 2"),
        ),
        ("attr a.x : int stale after 5s = 1", ("stale-on-attribute", "stale after 5s = 1")),
        ("signal s.x : int stale after 5 = 1", ("type-mismatch", "5")),
        ("signal s.x : int stale after -5s = 1", ("type-mismatch", "-5s")),
        ('signal s.x : int from model "m" cost 5', ("type-mismatch", "5")),
        ("signal s.x : bool from count /x/", ("type-mismatch", "bool")),
        ("signal s.x : int from match /x/", ("type-mismatch", "int")),
        ('signal s.x : int from similarity "x" model "m"', ("type-mismatch", "int")),
        ("signal s.x : int from count /x*/", ("pattern-matches-empty", "/x*/")),
        ("signal s.x : int from count /x/ from usr", ("unknown-word", "usr")),
        ("label a under b", ("unknown-label", "b")),
        ("label a generalize by yaer", ("unknown-word", "yaer")),
        ("label a generalize by year 5", ("generalization-amount", "year 5")),
        ("label a generalize by round", ("generalization-amount", "round")),
        ("label a generalize by round 0", ("generalization-amount", "round 0")),
        ("label a generalize by round 5ms", ("generalization-amount", "round 5ms")),
        ("label a under a", ("label-cycle", "a")),
        ("label phi under phi.mrn", ("label-cycle", "phi.mrn")),
        ('detector d -> nope { words "x" }', ("unknown-label", "nope")),
        (DETECTOR.format("score 5"), ("detector-invalid", "d")),
        (DETECTOR.format('model "m" match /x/'), ("detector-invalid", "match /x/")),
        (DETECTOR.format('model "m" model "n"'), ("duplicate-item", 'model "n"')),
        (DETECTOR.format('model "m" cost 5'), ("detector-invalid", "5")),
        (DETECTOR.format('model "m" cost -5ms'), ("detector-invalid", "-5ms")),
        (DETECTOR.format("match /x/ score 101"), ("detector-invalid", "101")),
        (DETECTOR.format("match /x/ score 0.5"), ("detector-invalid", "0.5")),
        (DETECTOR.format("match /x/ score 5 score 6"), ("duplicate-item", "score 6")),
        (DETECTOR.format("match /x/ entropy 8.5"), ("detector-invalid", "8.5")),
        (DETECTOR.format('match /x/ near "y" within 1001 adds 5'), ("detector-invalid", "1001")),
        (DETECTOR.format('match /x/ near "y" within 5 adds 101'), ("detector-invalid", "101")),
        (DETECTOR.format("match /x/ check lunh"), ("unknown-word", "lunh")),
        (DETECTOR.format("match /x/ left not digits"), ("unknown-word", "digits")),
        (DETECTOR.format('words ""'), ("detector-invalid", '""')),
        (DETECTOR.format('words "x" example ""'), ("detector-invalid", '""')),
        (DETECTOR.format("match /(x/"), ("pattern-invalid", "(")),
        (DETECTOR.format(f"match /{LONG}/"), ("pattern-invalid", f"/{LONG}/")),
        (DETECTOR.format("match /x(?=y)/"), ("pattern-unsupported", "(?=y)")),
        (DETECTOR.format("match /(x)\\1/"), ("pattern-unsupported", "\\1")),
        (
            DETECTOR.format("match /(?:a|(?:b(?!c)))/"),
            ("pattern-unsupported", "(?!c)"),
        ),
        (DETECTOR.format("match /x?/"), ("pattern-matches-empty", "/x?/")),
        ("field f : intt", ("unknown-type", "intt")),
        ("field f : int default 5ms", ("type-mismatch", "5ms")),
        ("field up : bool", ("field-name-taken", "up")),
        ("target t { at cloud sped 5 }", ("unknown-field", "sped")),
        ("target t { at cloud speed 11 }", ("value-out-of-range", "11")),
        ("target t { at clout }", ("unknown-member", "clout")),
        ("target t { at cloud at local }", ("duplicate-item", "at local")),
        ('target t { at cloud url "u" url env "U" }', ("duplicate-item", 'url env "U"')),
        ("target t { speed 5 }", ("target-without-place", "t")),
        ("target t { at cloud price in 1 out $1 per 1 }", ("type-mismatch", "1")),
        ("target t { at cloud price in $1 out $1 per 0 }", ("value-out-of-range", "0")),
        ("target any { at cloud }", ("target-name-reserved", "any")),
        ("target x.y { at cloud }", ("target-name-reserved", "x.y")),
        ('rule r { because "x" }', ("rule-without-effect", "r")),
        ("rule r { when true when true deny }", ("duplicate-item", "when true")),
        ("rule r { on respond deny }", ("unknown-word", "respond")),
        ("rule r { only 5 }", ("type-mismatch", "5")),
        ("rule r { prefer 5ms }", ("type-mismatch", "5ms")),
        ("rule r { prefer nope }", ("unknown-attribute", "nope")),
        ("rule r { redact nope }", ("unknown-label", "nope")),
        ("rule r { redact any except nope }", ("unknown-label", "nope")),
        ("rule r { redact phi keep last 4 }", ("detail-misplaced", "keep last 4")),
        ('rule r { hash phi with "x" }', ("detail-misplaced", 'with "x"')),
        ("rule r { mask phi by year }", ("detail-misplaced", "by year")),
        ("rule r { mask phi keep last 4.5 }", ("detail-misplaced", "4.5")),
        ("rule r { generalize phi by yaer }", ("unknown-word", "yaer")),
        ("rule r { cap max_tokens 5 }", ("unknown-word", "max_tokens")),
        ("rule r { cap temperature 11 }", ("value-out-of-range", "11")),
        ("rule r { when sends phi redact phi }", ("sends-in-treatment-rule", "sends phi")),
        ("rule r { redact phi only not sends phi }", ("sends-in-treatment-rule", "sends phi")),
        ("rule r { when target.up block }", ("block-mentions-target", "target.up")),
        ("rule r { when sends phi block }", ("block-mentions-target", "sends phi")),
        ("prove p { on responses never true }", ("unknown-word", "responses")),
        ("prove p { never 5 }", ("type-mismatch", "5")),
        ("prove p { chooses true when target.up }", ("target-not-allowed-here", "target.up")),
        ("prove p { raising a.x never chooses true }", ("unknown-attribute", "a.x")),
        (
            "attr a.x : string\nprove p { raising a.x never chooses true }",
            ("type-mismatch", "a.x"),
        ),
    ],
)
def test_what_does_not_fit_is_pointed_at(
    tmp_path: Path, text: str, expected: tuple[str, str]
) -> None:
    assert set(found(tmp_path, BASE + text)) == {expected}


def test_a_build_has_only_so_many_labels(tmp_path: Path) -> None:
    text = HEAD + "\n".join(f"label l{i}" for i in range(MAX_LABELS + 1))
    assert found(tmp_path, text) == [("too-many-labels", f"l{MAX_LABELS}")]


def test_all_rules_together_have_a_limit_of_size(tmp_path: Path) -> None:
    lets = ["let l0 = ward.up"] + [f"let l{i} = l{i - 1} and l{i - 1}" for i in range(1, 13)]
    rules = [f"rule r{i} {{ when l12 and l12 deny }}" for i in range(70)]
    [(name, place)] = found(tmp_path, BASE + "\n".join(lets + rules))
    assert name == "expression-too-large"
    assert place in {"r60", "r61", "r62", "r63"}


def test_except_any_leaves_nothing_to_treat(tmp_path: Path) -> None:
    [rule] = policy(tmp_path, BASE + "rule r { redact phi except any }").rules
    [effect] = rule.effects
    assert isinstance(effect, Treat)
    assert effect.labels == frozenset()


def test_all_preferences_together_stay_in_64_bits(tmp_path: Path) -> None:
    rule = "rule r{} {{ score a.x * 4_000_000 }}\n"
    text = BASE + "attr a.x : int in 0 .. 1M\n" + "".join(rule.format(i) for i in range(3))
    assert [name for name, _ in found(tmp_path, text)] == ["number-overflow"]
    assert not found(tmp_path, BASE + "attr a.x : int in 0 .. 1M\n" + rule.format(0))


def test_a_label_takes_its_first_description_and_coarsest_generalization(tmp_path: Path) -> None:
    text = BASE + 'label phi.mrn "one" generalize by year\nlabel phi.mrn "two" generalize by decade'
    info = policy(tmp_path, text).labels["phi.mrn"]
    assert (info.description, str(info.generalize)) == ("one", "decade")


def test_what_a_detector_says_is_kept(tmp_path: Path) -> None:
    text = BASE + DETECTOR.format('model "m" cost 18ms example "x", "y" counterexample "z"')
    [detector] = policy(tmp_path, text).detectors
    assert (detector.model, detector.cost, len(detector.examples)) == ("m", 18_000, 3)


# --- analyses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (None, "the other policy cannot be read"),
        ("policy o )", "`./o.epol` has errors of its own"),
        ("policy o\ntarget x { at local }", "the targets differ: ward here, x there"),
        ("policy o\ntarget ward { at local }\nattr b : int", "the attributes and signals differ: "),
        ("policy o\ntarget ward { at local }\nattr a : int", "the labels differ: l"),
        ("policy o\ntarget ward { at local }\nattr a : bool\nlabel l", "the type of a differs"),
        ("policy o\ntarget ward { at local }\nattr a : int\nlabel l", None),
    ],
)
def test_policies_that_are_compared_declare_the_same(
    tmp_path: Path, other: str | None, message: str | None
) -> None:
    text = HEAD + 'target ward { at local }\nattr a : int\nlabel l\nprove p { same as "./o.epol" }'
    files = {} if other is None else {"o": other}
    told = [
        d.message
        for d in check(tmp_path, text, **files).diagnostics
        if d.name == "claim-policies-differ"
    ]
    assert len(told) == (message is not None)
    assert all(each.startswith(message or "") for each in told)


def test_a_rule_about_any_label_asks_about_every_detector(tmp_path: Path) -> None:
    text = BASE + DETECTOR.format("match /x/")
    lonely = "detector-without-rule"
    assert lonely in {d.name for d in check(tmp_path, text).diagnostics}
    assert lonely not in {d.name for d in check(tmp_path, text + "rule r { hash any }").diagnostics}
    module = "module m\nlabel l\n" + 'detector d -> l { words "x" }'
    assert lonely not in {d.name for d in check(tmp_path, module).diagnostics}


def test_the_order_of_diagnostics_is_that_of_the_text(tmp_path: Path) -> None:
    built = build(tmp_path, BASE + "rule r { redact x }\nrule s { when y deny }\nrule t { only 5 }")
    starts = [d.span.start for d in built.diagnostics]
    assert starts == sorted(starts)
    assert len(starts) == 3
    assert built.has_errors


def test_a_word_has_a_bound(tmp_path: Path) -> None:
    words = DETECTOR.format(f'words "{"x" * 501}"')
    found_names = {d.name for d in check(tmp_path, f"{HEAD}label phi.mrn\n{words}").diagnostics}
    assert "detector-invalid" in found_names
