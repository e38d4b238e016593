"""Which paths of an app are guarded, and as what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from epol.gateway.apis import BY_API, ENDPOINTS, Endpoint
from epol.gateway.asgi import Scope
from epol.gateway.settings import SettingsError

GUARDED = ("/v1/",)
"""Below these paths nothing is passed on that is not known."""


@dataclass(frozen=True, slots=True)
class Route:
    """What bodies at a path are, by the engine's name, and the one target that they go to.

    Without a target the policy chooses.
    """

    api: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An endpoint of the app."""

    endpoint: Endpoint
    target: str | None


ROUTES: Mapping[str, Route] = {path: Route(each.api) for path, each in ENDPOINTS.items()}


class Guard:
    """Knows the paths of an app: its endpoints, what is guarded, and what passes."""

    def __init__(
        self,
        routes: Mapping[str, Route | str],
        guarded: Iterable[str] = GUARDED,
        passed: Iterable[str] = (),
    ) -> None:
        """Raises `SettingsError` for an API that has no endpoint, and for no path."""
        self._found = {_path(path): _found(path, said) for path, said in routes.items()}
        self._passed = frozenset(map(_path, passed))
        self._guarded = tuple(plain(_path(path)) for path in guarded)
        self._plain = frozenset(map(plain, self._found))

    @property
    def targets(self) -> frozenset[str]:
        """The targets that routes name."""
        return frozenset(each.target for each in self._found.values() if each.target is not None)

    def endpoint(self, path: str) -> Found | None:
        """The endpoint at exactly this path."""
        return self._found.get(path)

    def passes(self, path: str) -> bool:
        """Whether what is asked for is none of the guard's business.

        A path that some app might take for a guarded one is guarded: with other letters,
        slashes, dots or escapes.
        """
        if path in self._passed:
            return True
        made = plain(path)
        return made not in self._plain and not any(_is_below(made, each) for each in self._guarded)


def path_of(scope: Scope) -> str:
    """The path of a request within the app, without where the app is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        return path[len(root) :]
    return path


def plain(path: str) -> str:
    """A path as the most lenient of apps would read it."""
    parts: list[str] = []
    for part in unquote(unquote(path)).replace("\\", "/").casefold().split("/"):
        name = part.partition(";")[0].strip()
        if name == "..":
            del parts[-1:]
        elif name not in ("", "."):
            parts.append(name)
    return "/" + "/".join(parts)


def _is_below(path: str, top: str) -> bool:
    return top == "/" or path == top or path.startswith(f"{top}/")


def _path(path: str) -> str:
    if not path.startswith("/"):
        raise SettingsError("a path of the app begins with /")
    return path


def _found(path: str, said: Route | str) -> Found:
    route = Route(said) if isinstance(said, str) else said
    endpoint = BY_API.get(route.api)
    if endpoint is None:
        raise SettingsError(f"{path}: its API is one of {', '.join(sorted(BY_API))}")
    return Found(endpoint, route.target)
