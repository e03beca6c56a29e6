"""`python -m lstmcalc`."""

import sys

from lstmcalc.cli import main

sys.exit(main())
