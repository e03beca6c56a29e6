"""The command line."""

from lstmcalc.cli.main import main

__all__ = ["main"]
