"""Modules that are right, and written in ways that few expect."""

from modules.case import Case
from modules.unusual.asked import ASKED
from modules.unusual.hand import HAND
from modules.unusual.models import MODELS
from modules.unusual.tools import TOOLS
from modules.unusual.values import VALUES
from modules.unusual.wrapped import WRAPPED

UNUSUAL: tuple[Case, ...] = (*WRAPPED, *HAND, *MODELS, *ASKED, *TOOLS, *VALUES)
