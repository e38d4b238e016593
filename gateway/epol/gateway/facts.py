"""What the gateway tells the engine of a request beside its body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from epol.engine.bundle.manifest import Attribute, Manifest
from epol.gateway.callers import Who
from epol.gateway.problems import ProblemError
from epol.gateway.settings import Settings, SettingsError
from epol.gateway.turns import COUNT, MOST_COUNT, TARGET

MODEL = "request.model"
_OF_CALLERS = "caller."
_OF_SESSIONS = ((COUNT, "int"), (TARGET, "string"))
"""As std.edge declares them; another meaning of these names is none of the gateway's."""
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class FactReader:
    """Attributes of one policy, as the configuration says where they come from."""

    headers: Mapping[str, Attribute]
    """By name of the header, in lower case."""
    has_model: bool = False
    has_sessions: bool = False
    """Whether the policy reads of sessions what the gateway knows of them."""

    def read(self, who: Who, headers: Mapping[str, str], model: str | None) -> dict[str, object]:
        """The attributes of a request, whose body names a model.

        What the configuration says of a caller, no header of theirs says otherwise.
        Raises `ProblemError` for a header that is no value.
        """
        found: dict[str, object] = {}
        if self.has_model and model is not None:
            found[MODEL] = model
        for name, attribute in self.headers.items():
            if name in headers and attribute.name not in who.attributes:
                found[attribute.name] = _value(attribute, headers[name], name)
        # What a key says counts more than what its owner says.
        return {**found, **who.attributes}


def fact_reader(manifest: Manifest, settings: Settings) -> FactReader:
    """Raises `SettingsError` where the configuration names what the policy does not declare.

    So it does where callers have keys and a header is to say who they are.
    """
    known = {each.name: each for each in manifest.attributes}
    for caller, said in settings.callers.items():
        for name in said.attributes:
            _declared(known, name, f"callers.{caller}")
    for header, name in settings.headers.items():
        if settings.callers and name.startswith(_OF_CALLERS):
            raise SettingsError(
                f"headers.{header}: callers could say `{name}` of themselves; "
                "give it in `callers.NAME.attributes`, where it goes with their key"
            )
    return FactReader(
        {
            header.lower(): _declared(known, name, f"headers.{header}")
            for header, name in settings.headers.items()
        },
        has_model=MODEL in known,
        has_sessions=all(_is(known.get(name), kind) for name, kind in _OF_SESSIONS),
    )


def _declared(known: Mapping[str, Attribute], name: str, where: str) -> Attribute:
    found = known.get(name)
    if found is None:
        raise SettingsError(f"{where}: the policy declares no `{name}`")
    return found


def _is(found: Attribute | None, kind: str) -> bool:
    if found is None or found.type != kind:
        return False
    return (found.low or 0) <= 0 and (found.high is None or found.high >= MOST_COUNT)


def _value(attribute: Attribute, text: str, header: str) -> object:
    """A header's value as JSON would have it; the engine judges the rest of it."""
    text = text.strip()
    if attribute.type == "set":
        return [each.strip() for each in text.split(",") if each.strip()]
    if attribute.type == "bool":
        if text.lower() not in _TRUTH:
            raise ProblemError(400, "bad-header", f"the header `{header}` is true or false")
        return _TRUTH[text.lower()]
    return text
