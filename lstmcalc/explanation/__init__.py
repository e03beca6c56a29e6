"""A total of parameters explained: which networks have it, under which convention."""

from lstmcalc.explanation.explained import Explanation, Match, explain
from lstmcalc.explanation.near import Near

__all__ = ["Explanation", "Match", "Near", "explain"]
