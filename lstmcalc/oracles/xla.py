"""XLA: the work of one step of a cell, counted by the compiler from the program it is given.

The cell's equations are lowered, not compiled: compiling fuses and rewrites them. Nor do they stand
in a loop, whose body XLA would count once however many steps it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp

from lstmcalc.algebra import Graph
from lstmcalc.readings.costs import Work
from lstmcalc.readings.shapes import shape
from lstmcalc.readings.values import Array, is_complement, step
from lstmcalc.sizes import Size

FRAMEWORK = f"XLA (jax {jax.__version__})"


class Counted(NamedTuple):
    """Floating-point operations, and beside them the tanh, exp and the like: XLA adds no two."""

    flops: int
    transcendentals: int


def count(graph: Graph, sizes: Mapping[str, int], batch: int = 1) -> Counted:
    """What XLA counts in one step of a cell.

    Args:
        graph: the traced cell.
        sizes: the sizes behind the letters of its equations.
        batch: the samples of the step.
    """
    weights = {
        param.name: jax.ShapeDtypeStruct(shape(param, sizes), jnp.float32) for param in graph.params
    }
    inputs = {
        name: jax.ShapeDtypeStruct((batch, sizes[node.dim]), jnp.float32)
        for name, node in graph.inputs.items()
    }

    def cell(weights: Mapping[str, Array], inputs: Mapping[str, Array]) -> list[Array]:
        tape = step(graph, weights, inputs, jnp)
        return [tape[graph.equations[state]] for state in graph.states]

    found = jax.jit(cell).lower(weights, inputs).cost_analysis()
    if found is None:
        raise AssertionError(f"{FRAMEWORK} gives no cost of a program that is not compiled")
    return Counted(int(found.get("flops", 0)), int(found.get("transcendentals", 0)))


def expected(graph: Graph, sizes: Mapping[str, int], claimed: Work, times: int = 1) -> Counted:
    """What XLA is to count of the work claimed of `times` steps, as `readings.values` computes it.

    There a sigmoid is `p / (1 + p)`, or `1 / (1 + p)` above 0, of `p = exp(-|a|)`: six operations
    and the exp; `1 - z` of a sigmoid z is a sigmoid of `-a`. A rectifier compares and selects.
    """
    complements = times * sum(sizes[node.dim] for node in graph.nodes if is_complement(node))
    flops: Size = claimed.flops + claimed.bias_adds + claimed.adds + claimed.muls
    return Counted(
        flops + 6 * (claimed.sigmoids + complements) + 2 * claimed.relus,
        claimed.transcendental + complements,
    )
