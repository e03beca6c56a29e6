"""What every result can do: print itself, show itself in a notebook, and become plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmcalc.verdict import Verdict


class Shown:
    """Something that a notebook shows as tables and `print` prints as the command does."""

    def __str__(self) -> str:
        from lstmcalc.commands.shown import text

        return text(self)

    def _repr_html_(self) -> str:
        from lstmcalc.commands.shown import html

        return html(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything it says as dictionaries, lists, numbers and text, ready for JSON.

        >>> from lstmcalc import LSTM
        >>> LSTM(28, 128).to_dict()["parameters"]
        80896
        """
        from lstmcalc.commands.shown import data

        return data(self)

    def to_json(self) -> str:
        """The same as text."""
        from lstmcalc.commands.shown import json

        return json(self)


class Result(Shown):
    """What a command answers; its plain data are what the command prints as JSON.

    Those that hold arrays are equal where every number is: they leave `__eq__` to this class.
    """

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays can change

    def to_dict(self, verdict: Verdict | None = None) -> dict[str, Any]:
        """What `--format json` prints, as dictionaries, lists, numbers and text.

        Args:
            verdict: what `verify` says of it; left out, the data say that it is not verified. It is
                taken as given: that of another result would be wrong here.

        >>> from lstmcalc import LSTM, calculate
        >>> found = calculate(LSTM(28, 128)).to_dict()
        >>> found["parameters"]["total"], found["verification"]["outcome"]
        (80896, 'not verified')
        """
        from lstmcalc.commands.shown import data

        return data(self, verdict)

    def to_json(self, verdict: Verdict | None = None) -> str:
        """The same as text; docs/report.schema.json says what a report's fields mean."""
        from lstmcalc.commands.shown import json

        return json(self, verdict)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, arrays in them number by number.

    >>> import numpy
    >>> same({"h": numpy.zeros(3)}, {"h": numpy.zeros(3)}), same(numpy.zeros(3), numpy.zeros(1))
    (True, False)
    """
    if hasattr(one, "__array__"):
        return getattr(other, "shape", None) == one.shape and bool((one == other).all())
    ours, theirs = _parts(one), _parts(other)
    if ours is None or theirs is None:
        return bool(one == other) if ours is theirs else False
    if type(one) is not type(other) or ours.keys() != theirs.keys():
        return False
    return all(same(part, theirs[name]) for name, part in ours.items())


def _parts(value: Any) -> dict[Any, Any] | None:
    """What a value is made of, by name or number; None where it is one thing."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return dict(enumerate(value)) if isinstance(value, list | tuple) else None
