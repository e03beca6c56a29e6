"""What every result can do: print itself, show itself in a notebook, and become plain data."""

from __future__ import annotations

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
    """What a command answers; its plain data are what the command prints as JSON."""

    def to_dict(self, verdict: Verdict | None = None) -> dict[str, Any]:
        """What `--format json` prints, as dictionaries, lists, numbers and text.

        Args:
            verdict: what `verify` says of it; left out, the data say that it is not verified.

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
