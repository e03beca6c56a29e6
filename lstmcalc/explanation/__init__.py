"""A total of parameters explained: which networks have it, under which convention."""

from lstmcalc.explanation.explained import Explanation, Match, Near, explain

__all__ = ["Explanation", "Match", "Near", "explain"]
