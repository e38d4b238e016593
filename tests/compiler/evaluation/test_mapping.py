"""Which labels stand for a type."""

from __future__ import annotations

import pytest

from epol.compiler.evaluation.mapping import MAX_MAP, MapError, TypeMap, by_name, read_map
from epol.compiler.pipeline import compile_policy
from epol.lang.model import Policy

LABELS = (
    "pii.name pii.email phi.email pii.us.ssn pii.ip pii.card pii.nhs pii.zip pii.tax.vat "
    "secret.key secret.key.old x.id_card"
).split()


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    path = tmp_path_factory.mktemp("labels") / "m.epol"
    path.write_text("module m\n" + "".join(f"label {name}\n" for name in LABELS))
    compiled = compile_policy(path).policy
    assert compiled is not None
    return compiled


@pytest.mark.parametrize(
    ("type_", "labels"),
    [
        ("EMAIL", ("phi.email", "pii.email")),
        ("EMAIL_ADDRESS", ("phi.email", "pii.email")),
        ("PERSON", ("pii.name",)),
        ("US_SSN", ("pii.us.ssn",)),
        ("CREDIT_CARD", ("pii.card",)),
        ("DE_ID_CARD", ("x.id_card",)),
        ("UK_NHS", ("pii.nhs",)),
        ("pii.ip", ("pii.ip",)),
        ("IP-ADDRESS", ("pii.ip",)),
        ("ZIP_CODE", ("pii.zip",)),
        ("IT_VAT_CODE", ("pii.tax.vat",)),
        ("SECRET", ("secret",)),
        ("key", ("secret.key",)),
        ("CARD_HOLDER", ()),
        ("SSN_US", ()),
        ("", ()),
    ],
)
def test_by_name(policy: Policy, type_: str, labels: tuple[str, ...]) -> None:
    assert by_name(type_, policy) == labels


@pytest.mark.parametrize(
    "text",
    [
        '{"A": "pii.ip", "B": ["pii", "secret"], "EMAIL": null}',
        "A: pii.ip\nB: [pii, secret]\nEMAIL: null\n",
        "A: pii.ip\nB:\n- pii\n- secret\nEMAIL:\n",
    ],
)
def test_a_file_goes_before_names(policy: Policy, text: str) -> None:
    types = TypeMap(policy, read_map(text.encode(), policy))
    assert types.labels("A") == ("pii.ip",)
    assert types.right("B") >= {"pii", "pii.us.ssn", "secret.key.old"}
    assert types.right("EMAIL") == frozenset()
    assert types.labels("PERSON") == ("pii.name",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[]", "not an object of types"),
        (b"x", "not an object of types"),
        (b"{", "neither JSON nor YAML"),
        (b"a: [", "neither JSON nor YAML"),
        (b"!!python/object:os.system x", "neither JSON nor YAML"),
        (b"\xff", "not UTF-8"),
        (b"1: pii", "not a string"),
        (b"A: 1", "what `A` stands for is neither a label"),
        (b"A: [1]", "what `A` stands for is neither a label"),
        (b"A: pii.emial", "`pii.emial` is not a label of the policy; did you mean"),
        (b" " * (MAX_MAP + 1), "more than"),
    ],
)
def test_a_bad_file_is_an_error(policy: Policy, data: bytes, said: str) -> None:
    with pytest.raises(MapError) as error:
        read_map(data, policy)
    assert said in str(error.value)
