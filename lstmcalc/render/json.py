"""JSON: the data of a page, its formulas and its verdict."""

from __future__ import annotations

import json
from dataclasses import asdict

from lstmcalc.render.page import Page, verdict_data


def render(page: Page) -> str:
    """The page as one JSON document; docs/report.schema.json says what a report's fields mean."""
    found = page.data()
    if page.verdict is not None:
        found["verification"] = verdict_data(page.verdict)
    if page.formulas is not None:
        found["formulas"] = [
            {"title": title, "lines": [asdict(line) for line in lines]}
            for title, lines in page.formulas("unicode")
        ]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
