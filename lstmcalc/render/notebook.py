"""What a notebook shows of an object that is its cell's last value."""

from __future__ import annotations

from lstmcalc.render import html
from lstmcalc.render.pages import report


def show(subject: report.Report) -> str:
    """The page of a report as HTML."""
    return html.render(report.page(subject))
