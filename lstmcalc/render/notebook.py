"""What a notebook shows of an object that is its cell's last value."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from lstmcalc.render import html


def show(subject: Any) -> str:
    """The page of a report, a walk, a reach or a flow as HTML."""
    module = import_module(f"lstmcalc.render.pages.{type(subject).__name__.lower()}")
    return html.render(module.page(subject))
