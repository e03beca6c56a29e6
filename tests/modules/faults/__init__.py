"""Planted faults: modules that do not compute, or do not learn, what their network says."""

from modules.case import Case
from modules.faults.cells import CELLS
from modules.faults.changes import CHANGED
from modules.faults.gradients import GRADIENTS
from modules.faults.inputs import INPUTS
from modules.faults.layout import LAYOUT
from modules.faults.modes import MODES
from modules.faults.named import NAMED
from modules.faults.numbers import NUMBERS
from modules.faults.sharing import SHARING
from modules.faults.wiring import WIRING

FAULTS: tuple[Case, ...] = (
    *CELLS,
    *WIRING,
    *INPUTS,
    *GRADIENTS,
    *LAYOUT,
    *MODES,
    *SHARING,
    *CHANGED,
    *NUMBERS,
    *NAMED,
)
