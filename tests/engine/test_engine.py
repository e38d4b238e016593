"""Loading, deciding and swapping with `Engine`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from epol.engine import BundleError, Engine, EpolError, Request, RequestError
from epol.engine.bundle.contents import Contents, read_bundle, write_bundle
from epol.engine.loading import loaded, open_bundle
from tests.engine.engines import GOOD, bundle, decided, public_key, signed, source

MRN = "Patient MRN 00482913."


@pytest.fixture
def engine() -> Engine:
    return Engine.load(bundle())


def test_a_bundle_is_loaded_from_bytes_or_a_path(tmp_path: Path) -> None:
    path = tmp_path / "clinic.epolb"
    path.write_bytes(bundle())
    decisions = [decided(Engine.load(each), MRN).to_json() for each in (bundle(), path, str(path))]
    assert decisions[0]["order"] == ["ward", "site", "azure"]
    assert decisions[0]["labels"] == {"phi.mrn": 1}
    assert decisions[0] == decisions[1] == decisions[2]


def test_the_decision_says_which_policy_decided(engine: Engine) -> None:
    assert (engine.policy.name, engine.policy.version) == ("clinic", "1.2.0")
    assert engine.policy.digest.startswith("sha256:")
    assert decided(engine).policy == engine.policy


def test_a_trusted_bundle_is_loaded_and_others_are_not(tmp_path: Path) -> None:
    trust = [public_key(tmp_path, 1)]
    assert decided(Engine.load(signed(bundle(), 1), trust)).target == "ward"
    for other in (bundle(), signed(bundle(), 2)):
        with pytest.raises(BundleError, match="not trusted"):
            Engine.load(other, trust)


def test_a_trust_that_can_be_read_once_still_holds_at_the_next_swap(tmp_path: Path) -> None:
    engine = Engine.load(signed(bundle(), 1), (path for path in [public_key(tmp_path, 1)]))
    with pytest.raises(BundleError, match="not trusted"):
        engine.swap(signed(bundle(version="1.3.0"), 2))
    assert engine.swap(signed(bundle(version="1.3.0"), 1)).version == "1.3.0"


def test_a_key_that_is_revoked_meanwhile_swaps_nothing_in(tmp_path: Path) -> None:
    for number in (1, 2):
        public_key(tmp_path, number)
    engine = Engine.load(signed(bundle(), 1), [tmp_path])
    revoked = public_key(tmp_path, 1)
    revoked.unlink()
    with pytest.raises(BundleError, match="not trusted"):
        engine.swap(signed(bundle(version="1.3.0"), 1))
    assert engine.policy.version == "1.2.0"


def without_program() -> bytes:
    whole = read_bundle(bundle(), trust=None)
    return write_bundle(Contents(whole.manifest, whole.sources, whole.record))


def damaged() -> bytes:
    data = bytearray(bundle(version="1.3.0"))
    data[len(data) // 2] ^= 1
    return bytes(data)


BAD: dict[str, Callable[[], bytes | str]] = {
    "damaged": damaged,
    "cut": lambda: bundle(version="1.3.0")[:-100],
    "nothing": lambda: b"",
    "no bundle": lambda: b"policy clinic",
    "older": lambda: bundle(version="1.1.9"),
    "another policy": lambda: bundle("hospital"),
    "without a version": lambda: bundle(version=None),
    "without a program": without_program,
    "no such file": lambda: "nowhere.epolb",
}


@pytest.mark.parametrize("why", BAD)
def test_a_bad_bundle_leaves_the_policy_in_place(engine: Engine, why: str) -> None:
    before = decided(engine, MRN).to_json()
    with pytest.raises(BundleError):
        engine.swap(BAD[why]())
    assert decided(engine, MRN).to_json() == before


@pytest.mark.parametrize("why", ["damaged", "cut", "nothing", "no bundle", "without a program"])
def test_a_bad_bundle_is_not_loaded(why: str) -> None:
    with pytest.raises(BundleError):
        Engine.load(BAD[why]())


def test_an_unsigned_bundle_is_not_swapped_in_where_the_first_was_trusted(tmp_path: Path) -> None:
    engine = Engine.load(signed(bundle(), 1), [public_key(tmp_path, 1)])
    with pytest.raises(BundleError, match="not trusted"):
        engine.swap(bundle(version="1.3.0"))
    assert engine.policy.version == "1.2.0"


def test_a_newer_version_is_swapped_in(engine: Engine) -> None:
    new = bundle(version="1.3.0", more="rule none { when target.at == cloud deny }\n")
    assert engine.swap(new) == engine.policy
    assert engine.policy.version == "1.3.0"
    assert decided(engine).order == ("ward", "site")


def test_policies_that_look_for_the_same_share_a_scanner() -> None:
    first = loaded(open_bundle(bundle(), None), {}, None)
    same = bundle(version="1.3.0", more="rule none { when target.at == cloud deny }\n")
    other = bundle(version="1.3.0", more="detector b -> phi.mrn { match /bed [0-9]+/ }\n")
    assert loaded(open_bundle(same, None), {}, first).scanner is first.scanner
    assert loaded(open_bundle(other, None), {}, first).scanner is not first.scanner


def test_policies_that_look_for_more_share_the_databases_that_are_the_same() -> None:
    first = loaded(open_bundle(bundle(), None), {}, None)
    more = bundle(version="1.3.0", more="detector b -> phi.mrn { match /bed [0-9]+/ }\n")
    second = loaded(open_bundle(more, None), {}, first)
    before, after = first.scanner.loaded(), second.scanner.loaded()
    assert {key for key in after if after[key] is before.get(key)} == set(before) & set(after)
    assert set(before) & set(after)
    assert set(after) - set(before)
    assert second.scanner.scan("bed 12, MRN 00482913").findings
    assert len(first.scanner.scan("bed 12, MRN 00482913").findings) == 1


def test_a_swap_changes_what_is_looked_for(engine: Engine) -> None:
    assert decided(engine, "bed 12").labels == {}
    engine.swap(bundle(version="1.3.0", more="rule none { when target.at == cloud deny }\n"))
    assert decided(engine, MRN).labels == {"phi.mrn": 1}
    engine.swap(bundle(version="1.4.0", more="detector b -> phi.mrn { match /bed [0-9]+/ }\n"))
    assert decided(engine, MRN + " bed 12").labels == {"phi.mrn": 2}


@pytest.mark.parametrize("why", ["older", "another policy", "without a version"])
def test_a_downgrade_is_taken_where_it_is_allowed(engine: Engine, why: str) -> None:
    name = engine.swap(BAD[why](), allow_downgrade=True)
    assert name == engine.policy
    assert (name.name, name.version) != ("clinic", "1.2.0")
    # From here on that one is what others must not be older than.
    if why == "older":
        assert engine.swap(bundle(version="1.1.9")).version == "1.1.9"


def test_a_decision_that_is_there_outlives_the_policy(engine: Engine) -> None:
    decision = decided(engine, MRN)
    engine.swap(bundle(version="1.3.0", more="target moon { at local }\n"))
    assert decision.policy.version == "1.2.0"
    assert list(decision.targets) == ["ward", "site", "azure"]


def test_a_policy_is_compiled_where_the_compiler_is(tmp_path: Path) -> None:
    path = tmp_path / "clinic.epol"
    path.write_text(source(), encoding="utf-8")
    engine = Engine.compile(path)
    assert decided(engine, MRN).to_json() == decided(Engine.load(bundle()), MRN).to_json()
    path.write_text(source(more="rule r { when nobody.knows deny }"), encoding="utf-8")
    with pytest.raises(BundleError, match="unknown-attribute"):
        Engine.compile(path)
    with pytest.raises(BundleError, match="nowhere"):
        Engine.compile(tmp_path / "nowhere.epol")


BAD_REQUESTS = {
    "an undeclared name": Request({"request.tokns": 5}),
    "a name that is no name": Request({"CANARY 1234": 5}),
    "a value out of range": Request({"request.tokens": 100_001}),
    "a value of another type": Request({"request.tokens": "CANARY"}),
    "no member": Request({"caller.roles": ["CANARY"]}),
    "no label": Request(labels={"CANARY": 1}),
    "a count below 0": Request(labels={"phi.mrn": -1}),
    "no flow": Request(flow="CANARY"),
    "no target": Request(flow="response"),
    "another target": Request(flow="tool_call", target="CANARY"),
    "a target too many": Request(target="ward"),
    "no role": Request(text=[("CANARY", "x")]),
    "no text": Request(text=[("user", None)]),  # type: ignore[list-item]
    "a bare string": Request(text="CANARY"),  # type: ignore[arg-type]
    "another key": Request(text=[{"role": "user", "CANARY": "x"}]),
    "a part that is a number": Request(text=[7]),  # type: ignore[list-item]
}


@pytest.mark.parametrize("what", BAD_REQUESTS)
def test_a_request_that_cannot_be_read_is_an_error_without_its_words(
    engine: Engine, what: str
) -> None:
    with pytest.raises(RequestError) as caught:
        engine.decide(BAD_REQUESTS[what])
    assert isinstance(caught.value, EpolError)
    assert "CANARY" not in str(caught.value)


def test_not_strict_ignores_names_and_never_values(engine: Engine) -> None:
    odd = Request({**GOOD, "nobody.knows": 1}, labels={"no.label": 2, "phi.mrn": 1})
    decision = engine.decide(odd, strict=False)
    assert decision.labels == {"phi.mrn": 1}
    assert decision.to_json() == engine.decide(Request(GOOD, labels={"phi.mrn": 1})).to_json()
    for name in ("a value out of range", "a value of another type", "a count below 0", "no role"):
        with pytest.raises(RequestError):
            engine.decide(BAD_REQUESTS[name], strict=False)


def test_what_the_request_names_stands_over_what_the_text_says(engine: Engine) -> None:
    assert decided(engine, MRN).labels == {"phi.mrn": 1}
    named = engine.decide(Request(GOOD, [("user", MRN)], {"phi.mrn": 7}))
    assert (named.status, named.labels) == ("block", {"phi.mrn": 7})
    assert decided(engine, "on-prem only").order == ("ward", "site")
    given = decided(engine, "on-prem only", text__local_only=False)
    assert "azure" in given.order


def test_what_is_unknown_restricts(engine: Engine) -> None:
    decision = engine.decide(Request())
    # The jitter has its stale value, the load of the site is unknown.
    assert decision.order == ("ward",)
    assert decision.unknown == ("caller.tenant", "site.load")


def test_off_the_flow_request_only_the_producer_is_decided(engine: Engine) -> None:
    for flow in ("response", "tool_call"):
        decision = engine.decide(Request(flow=flow, target="site", text=[("assistant", MRN)]))
        assert (decision.order, list(decision.targets)) == (("site",), ["site"])


def test_texts_of_every_form(engine: Engine) -> None:
    tuples = Request(GOOD, [("user", MRN), ("tool", "MRN 11111111")])
    objects = Request(GOOD, [{"text": MRN}, {"role": "tool", "text": "MRN 11111111"}])
    assert engine.decide(tuples).to_json() == engine.decide(objects).to_json()
    assert engine.decide(tuples).labels == {"phi.mrn": 2}
    assert engine.decide(Request(GOOD, [("user", ""), ("tool", "")])).labels == {}
    assert engine.decide(Request(GOOD, None)).labels == {}  # type: ignore[arg-type]


def test_a_text_of_ten_megabytes_is_read_whole(engine: Engine) -> None:
    assert decided(engine, "all is well. " * 800_000 + MRN).labels == {"phi.mrn": 1}


def test_lone_surrogates_are_text_too(engine: Engine) -> None:
    assert decided(engine, "\ud800 " + MRN + " \udfff").labels == {"phi.mrn": 1}
    assert decided(engine, caller__tenant="\ud800").status == "route"


def test_deciding_changes_no_request(engine: Engine) -> None:
    attributes, text, labels = dict(GOOD), [("user", MRN)], {"phi.mrn": 2}
    request = Request(attributes, text, labels)
    first, second = engine.decide(request), engine.decide(request)
    assert first.to_json() == second.to_json()
    assert first.to_json() == first.to_json()
    assert (attributes, text, labels) == (GOOD, [("user", MRN)], {"phi.mrn": 2})
    engine.decide(Request(GOOD, [("user", "nothing")]))
    assert first.labels == {"phi.mrn": 2}


def test_the_parts_of_a_decision(engine: Engine) -> None:
    held = decided(engine, MRN, request__tokens=95_000, caller__tenant="trial")
    assert (held.status, held.target) == ("hold", "ward")
    assert held.treatments("azure").keys() == {"phi.mrn"}
    assert held.treatments("ward") == {}
    assert held.targets["site"].caps == {"max_output_tokens": 100}
    assert held.targets["site"].tags == ("trial",)
    blocked = engine.decide(Request(GOOD, labels={"phi.mrn": 6}))
    assert (blocked.status, blocked.target, blocked.order) == ("block", None, ())
    assert [(r.rule, r.target, r.because) for r in blocked.reasons] == [
        ("bulk", name, "bulk export") for name in ("azure", "site", "ward")
    ]
