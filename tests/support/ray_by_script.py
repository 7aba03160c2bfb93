"""What the engine uses of Ray, with workers that do what a test says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar


class RayError(Exception):
    """As Ray's."""


class RayTaskError(RayError):
    """What a worker raised."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class OutOfMemoryError(RayError):
    """As Ray's."""


class ActorUnavailableError(RayError):
    """As Ray's."""


@dataclass(eq=False)
class Ref:
    """What comes of a call: nothing yet, or an error, or that it went well."""

    is_over: bool = False
    error: Exception | None = None
    found: str = ""


Say = Callable[["Actor", int, "int | None", str], Ref]


@dataclass(eq=False)
class Actor:
    """A worker, which takes what `options` say; `say` tells what becomes of a unit of an order."""

    options: dict[str, Any]
    say: Say
    number: int
    is_alive: bool = True
    order: str = ""

    @property
    def ready(self) -> Any:
        return SimpleNamespace(remote=lambda order_file: Ref(is_over=True, found=self.node))

    @property
    def placed(self) -> Any:
        return SimpleNamespace(remote=lambda: Ref(is_over=True))

    @property
    def node(self) -> str:
        """Actors alternate between two."""
        return "ab"[self.number % 2]

    @property
    def do(self) -> Any:
        return SimpleNamespace(remote=self._do)

    def _do(self, path: str, at: int, budget: int | None, mark: str) -> Ref:
        self.order = Path(path).stem
        return self.say(self, at, budget, mark)


@dataclass
class RayByScript:
    """One node with so much memory; `actors` are all that were ever made."""

    say: Say
    memory: float = 8 * 2**30
    actors: list[Actor] = field(default_factory=list)
    exceptions: ClassVar[Any] = SimpleNamespace(
        RayError=RayError,
        RayTaskError=RayTaskError,
        OutOfMemoryError=OutOfMemoryError,
        ActorUnavailableError=ActorUnavailableError,
    )

    def nodes(self) -> list[dict[str, Any]]:
        has = {"CPU": 8.0, "memory": self.memory}
        return [{"NodeID": "1", "NodeManagerHostname": "a", "Resources": has, "Alive": True}]

    def remote(self, kind: type) -> Any:
        return SimpleNamespace(options=lambda **o: SimpleNamespace(remote=lambda *a: self._made(o)))

    def _made(self, options: dict[str, Any]) -> Actor:
        self.actors.append(Actor(options, self.say, len(self.actors)))
        return self.actors[-1]

    def wait(
        self, refs: Sequence[Ref], num_returns: int = 1, timeout: float = 0
    ) -> tuple[list[Ref], list[Ref]]:
        ready = [ref for ref in refs if ref.is_over][:num_returns]
        return ready, [ref for ref in refs if ref not in ready]

    def get(self, ref: Ref) -> str:
        if ref.error is not None:
            raise ref.error
        return ref.found

    def kill(self, actor: Actor) -> None:
        actor.is_alive = False
