"""Keys act in the order in which they come, each before the next one is looked at.

Textual passes a key to the focused widget and from there upwards, one task after the other, and
runs what it is bound to where it arrives. A digit, which is typed in the first of them, overtakes
a backspace that has further to go, and a key for what the one before opens finds it closed.
"""

from __future__ import annotations

from contextlib import suppress

from textual import events
from textual.app import App
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.widgets import Tooltip


class KeysInOrder(App[None]):
    """An app that does all that a key does at once, in its own task."""

    async def on_event(self, event: events.Event) -> None:
        """Type, paste or act; what nobody has a use for goes its usual way."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.app_focus = True
            with suppress(NoMatches):
                self.screen.get_child_by_type(Tooltip).display = False
            if await self._typed(event) or await self._acted(event):
                return
        elif isinstance(event, events.Paste) and not event.is_forwarded:
            if await self.paste(event.text):
                return
            if self.focused is not None:
                await self.focused.on_event(event)
                return
        elif isinstance(event, events.MouseDown) and not event.is_forwarded:
            self.settle(None)
        await super().on_event(event)

    async def _typed(self, key: events.Key) -> bool:
        """Whether the key is a character for the focused widget."""
        focused = self.focused
        if focused is None or not focused.check_consume_key(key.key, key.character):
            return False
        await focused.on_event(key)
        return True

    async def _acted(self, key: events.Key) -> bool:
        """Whether the key is bound to an action here, and the action was willing."""
        if self.screen.maximized is not None and key.key == "escape":
            return False
        active = self.screen.active_bindings.get(key.key)
        if active is None or not active.enabled:
            return False
        self.settle(active.node)
        return await self.run_action(active.binding.action, active.node)

    def settle(self, node: DOMNode | None) -> None:
        """Called before a key acts on a node, or the mouse on anything: do what is due before."""

    async def paste(self, text: str) -> bool:
        """Called with what is pasted; whether it is no text for the focused widget."""
        return False
