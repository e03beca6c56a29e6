"""Runs the installed command as a user does: another process, in an empty folder."""

import os
import subprocess
import sys

PLAIN = {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}


def lstmcalc(*words, folder, environment=None, code=None):
    """The finished process; `code` runs instead of the command line."""
    program = ["-c", code] if code else ["-m", "lstmcalc"]
    return subprocess.run(
        [sys.executable, *program, *words],
        cwd=folder,
        env={**os.environ, **PLAIN, **(environment or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
