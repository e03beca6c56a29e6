"""JSON: the data of a page, its formulas and its verdict."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from math import isfinite
from typing import Any

from lstmcalc.printable import printable
from lstmcalc.render.page import Page, verdict_data


def render(page: Page) -> str:
    """The page as one JSON document; docs/report.schema.json says what a report's fields mean."""
    text = json.dumps(document(page), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{escape(text)}\n"


def document(page: Page) -> dict[str, Any]:
    """The same as dictionaries, lists, numbers and text."""
    found = page.data()
    if page.verdict is not None:
        found["verification"] = verdict_data(page.verdict)
    if page.formulas is not None:
        found["formulas"] = [
            {"title": title, "lines": [asdict(line) for line in lines]}
            for title, lines in page.formulas("unicode")
        ]
    plain: dict[str, Any] = _finite(found)
    return plain


def escape(document: str) -> str:
    r"""The document with `\u…` for what must not reach a terminal: it still reads as the same data.

    >>> print(escape('{"Δ\u202e": 1}'))
    {"Δ\u202e": 1}
    """
    return re.sub(r"[^ -~\n]", _escaped, document)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return character if printable(character) == character else json.dumps(character)[1:-1]


def _finite(value: Any) -> Any:
    """The value with null for numbers that JSON has not: infinity and nan."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not isfinite(value) else value
