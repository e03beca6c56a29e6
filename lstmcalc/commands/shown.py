"""What a result shows of itself in Python: the page that its command shows, in every form."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from lstmcalc.errors import ConfigurationError, plain
from lstmcalc.render import html as as_html
from lstmcalc.render import json as as_json
from lstmcalc.render.page import Page
from lstmcalc.result import Result, Shown
from lstmcalc.verdict import Verdict

PAGES = {
    "Report": "report:page", "Flow": "flow:page", "Walk": "walk:page", "Reach": "reach:page",
    "Reconciliation": "reconciliation:page", "Conversion": "conversion:page",
    "Explanation": "explanation:page", "Verdict": "verdict:page", "Check": "verdict:check_page",
    "Network": "network:page", "Layer": "network:layer_page",
}  # fmt: skip
"""The module and the function of each page, by the name of the class."""
NOT_ASKED = Verdict(reason="nothing was compared; verify(…) makes a verdict")


def page_of(subject: Shown, verdict: Verdict | None = None, **wording: Any) -> Page:
    """The page of any result, with a verdict of it, and `wording` as the page takes it."""
    kinds = (kind.__name__ for kind in type(subject).__mro__)
    module, name = next(PAGES[kind] for kind in kinds if kind in PAGES).split(":")
    make: Callable[..., Page] = getattr(import_module(f"lstmcalc.render.pages.{module}"), name)
    return make(subject, verdict, **wording) if isinstance(subject, Result) else make(subject)


def command_page(subject: Shown, verdict: Verdict | None = None) -> Page:
    """The same in the words of the command line, where the page has commands and options in it."""
    if any(kind.__name__ == "Explanation" for kind in type(subject).__mro__):
        from lstmcalc.commands.explain import show_command, show_option  # imports NumPy

        return page_of(subject, verdict, command=show_command, option=show_option)
    return page_of(subject, verdict)


def data(subject: Shown, verdict: Verdict | None = None) -> dict[str, Any]:
    """What is printed as JSON, as plain data."""
    return as_json.document(_proved(subject, verdict))


def json(subject: Shown, verdict: Verdict | None = None) -> str:
    """What is printed as JSON."""
    return as_json.render(_proved(subject, verdict))


def _proved(subject: Shown, verdict: object) -> Page:
    """The page with its verdict, and if there is none, with that.

    Raises:
        ConfigurationError: it is no verdict.
    """
    if verdict is None:  # one that failed is false
        verdict = NOT_ASKED
    if not isinstance(verdict, Verdict):
        remedy = "make one with verify(…)"
        raise ConfigurationError(f"{plain(verdict)} as a verdict", "it is none", remedy)
    return command_page(subject, verdict)


def html(subject: Shown) -> str:
    """What a notebook shows."""
    return as_html.render(page_of(subject))


def text(subject: Shown) -> str:
    """What the command prints as a table, without colours, as wide as the terminal."""
    from lstmcalc.render import terminal  # imports rich

    if isinstance(subject, Verdict):
        return terminal.written(*subject.every)
    return terminal.written(command_page(subject))
