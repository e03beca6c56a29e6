"""The real cells of Equinox, Haiku and Flax nnx, in float64."""

from __future__ import annotations

import equinox
import haiku
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from oracles.real import Real, places

float64 = jax.enable_x64


class Cells(equinox.Module):
    cells: list[equinox.Module]


class Equinox(Real):
    def __init__(self, network, own):
        make, key = getattr(equinox.nn, own), jax.random.key(0)
        with float64(True):
            self.net = Cells([
                make(size, layer.hidden_size, layer.bias != "none", dtype=jnp.float64, key=key)
                for layer, size in places(network)
            ])  # fmt: skip

    def _leaves(self):
        leaves, tree = jax.tree.flatten_with_path(self.net)
        return {jax.tree_util.keystr(path).lstrip("."): leaf for path, leaf in leaves}, tree

    def held(self):
        return {name: np.asarray(leaf) for name, leaf in self._leaves()[0].items()}

    def load(self, stored):
        names, tree = self._leaves()
        with float64(True):
            self.net = tree.unflatten([jnp.asarray(stored[name]) for name in names])

    def run(self, x, first):
        outputs = []
        with float64(True):
            cell = jax.vmap(self.net.cells[0])
            state = tuple(jnp.asarray(first[0, 0][s]) for s in "hc" if s in first[0, 0])
            for x_t in jnp.asarray(x):
                state = cell(x_t, state) if len(state) > 1 else (cell(x_t, state[0]),)
                outputs.append(state[0])
        return np.stack(outputs), {(0, 0): tuple(np.asarray(s) for s in state)}


class Haiku(Real):
    def __init__(self, network, own):
        self.make = lambda layer: getattr(haiku, own)(layer.hidden_size)
        self.layer = network.layers[0]

        def call_all():
            for layer, size in places(network):
                cell = self.make(layer)
                cell(jnp.zeros((1, size)), cell.initial_state(1))

        with float64(True):
            self.params = haiku.transform(call_all).init(jax.random.key(0))

    def held(self):
        return {
            f"{module}/{name}": np.asarray(array)
            for module, arrays in self.params.items()
            for name, array in arrays.items()
        }

    def load(self, stored):
        with float64(True):
            self.params = {
                module: {name: jnp.asarray(stored[f"{module}/{name}"]) for name in arrays}
                for module, arrays in self.params.items()
            }

    def run(self, x, first):
        state = first[0, 0]["h"]
        if "c" in first[0, 0]:
            state = haiku.LSTMState(hidden=state, cell=first[0, 0]["c"])

        def unroll():
            return haiku.static_unroll(self.make(self.layer), jnp.asarray(x), state)

        with float64(True):
            output, last = haiku.transform(unroll).apply(self.params, None)
        last = tuple(last) if isinstance(last, tuple) else (last,)
        return np.asarray(output), {(0, 0): tuple(np.asarray(s) for s in last)}


class Layers(nnx.Module):
    def __init__(self, layers):
        self.layers = nnx.List(layers)


class Nnx(Real):
    def __init__(self, network, own):
        rngs, options = nnx.Rngs(0), {"dtype": jnp.float64, "param_dtype": jnp.float64}
        layers = []
        with float64(True):
            for layer, size in zip(network.layers, network.input_sizes, strict=True):
                one, *two = [
                    nnx.RNN(getattr(nnx, own)(size, layer.hidden_size, rngs=rngs, **options))
                    for _ in range(layer.directions)
                ]
                layers.append(nnx.Bidirectional(one, *two) if two else one)
            self.net = Layers(layers)

    def _flat(self):
        state = nnx.state(self.net, nnx.Param)
        return {".".join(map(str, path)): param for path, param in state.flat_state()}

    def held(self):
        return {name: np.asarray(param[...]) for name, param in self._flat().items()}

    def load(self, stored):
        with float64(True):
            state = nnx.state(self.net, nnx.Param)
            for path, param in state.flat_state():
                param[...] = jnp.asarray(stored[".".join(map(str, path))])
            nnx.update(self.net, state)

    def run(self, x, first):
        with float64(True):
            carry = tuple(jnp.asarray(first[0, 0][s]) for s in "ch")
            last, output = self.net.layers[0](
                jnp.asarray(x), initial_carry=carry, time_major=True, return_carry=True
            )
        return np.asarray(output), {(0, 0): tuple(np.asarray(s) for s in last)}
