"""One of the datasets that an entry stands for: a value of its `subset`, one of its targets."""

from __future__ import annotations

from dataclasses import dataclass, fields

from probing.spec.entries import DatasetSpec


@dataclass(frozen=True)
class DatasetPart(DatasetSpec):
    """The rows that have `value` in the column `subset`, or those that have the target `output`.

    Either may be None: then all rows, or the only target. A part is made of an entry, and never
    stands in a spec itself.
    """

    value: str | None = None
    output: str | None = None

    @property
    def suffix(self) -> str:
        """What tells it from the other parts, such as `[en]` or `[en][tense]`."""
        return "".join(f"[{one}]" for one in (self.value, self.output) if one is not None)


def part_of(entry: DatasetSpec, value: str | None = None, output: str | None = None) -> DatasetPart:
    """The part of an entry."""
    keys = {field.name: getattr(entry, field.name) for field in fields(DatasetSpec)}
    return DatasetPart(**keys, value=value, output=output)
