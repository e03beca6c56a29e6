"""Runs the app without a terminal, and waits for what is to be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from io import StringIO
from time import monotonic

from rich.console import Console
from textual._xterm_parser import XTermParser
from textual.pilot import Pilot

from lstmcalc.cli.parse import read_words
from lstmcalc.commands.known import MAIN
from lstmcalc.tui.app import LstmcalcApp
from lstmcalc.tui.child import Desk
from lstmcalc.tui.jobs import Proved, Written
from lstmcalc.tui.prover import Prover
from lstmcalc.verdict import Check, Verdict

SAID = {"hidden-size": "128", "input-size": "28", "classes": "10"}
VERDICT = Verdict((Check("values", "passed", "greatest difference 1.1e-16"),), "torch 2.13", "cpu")
SIZES = [(80, 24), (120, 40)]
PATIENCE = 30.0
SILENT = ("sh", "-c", "read line; sleep 60")
"""A child that takes a job and says nothing."""


class NoProver(Prover):
    """Asks nobody: for tests of what is seen without a proof."""

    def start(self) -> None:
        """Nothing."""


class Agreeing(Prover):
    """Answers at once and in this process; it agrees with everything."""

    def start(self):
        pass

    def want(self, jobs):
        for job in jobs:
            if job.format:
                self._report(job, Written("written"))
                continue
            if job.command is not MAIN:
                self._report(job, next(Desk(lambda _: None).carry_out(job)))
            self._report(job, Proved(VERDICT))


class Puppet(Prover):
    """Says what a test lets it say."""

    def start(self):
        pass

    def want(self, jobs):
        self.jobs = list(jobs)

    def say(self, job, message):
        self._report(job, message)


@asynccontextmanager
async def opened(said=None, size=(80, 24), prover=NoProver, frame=0.0, colours="truecolor"):
    app = LstmcalcApp(SAID if said is None else said, prover, read_words, frame)
    app.console = Console(file=StringIO(), color_system=colours, force_terminal=True)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())


def seen(app) -> str:
    """The screen as text."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def see(app, pilot: Pilot, text: str) -> str:
    """Wait until the screen shows a text."""
    ends = monotonic() + PATIENCE
    while text not in (screen := seen(app)):
        assert monotonic() < ends, f"{text!r} is not to be seen:\n{screen}"
        await pilot.pause(0.05)
    return screen


async def chunk(app, text: str) -> None:
    """Keys that arrive in one piece, as a terminal sends them, all done but not yet painted."""
    for event in XTermParser(debug=False).feed(text):
        app.post_message(event)
    done = asyncio.Event()
    app.call_later(done.set)
    await done.wait()


async def type_in(pilot: Pilot, field: str, text: str) -> None:
    """Put a text into a field, key by key."""
    pilot.app.query_one(f"#{field} SizeInput").focus()
    await pilot.pause()
    await pilot.press("home", "ctrl+k", *text)
    await pilot.pause()
