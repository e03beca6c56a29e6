"""Plain data of each subject, for JSON: dictionaries, lists, numbers and strings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lstmcalc.conventions.packing import Part
from lstmcalc.network import Layer, Network
from lstmcalc.readings.costs import Work
from lstmcalc.report import Report

SCHEMA_VERSION = 2


def report_data(report: Report) -> dict[str, Any]:
    """The report as plain dictionaries, lists, numbers and strings."""
    network = report.network
    return {
        "schema": "lstmcalc.report",
        "schema_version": SCHEMA_VERSION,
        "network": network_data(network),
        "run": asdict(report.run),
        "convention": report.convention,
        "parameters": {
            "total": report.parameters,
            "embedding": report.embedding_parameters,
            "recurrent": report.recurrent_parameters,
            "head": report.head_parameters,
            "by_bias": [asdict(total) for total in report.totals],
        },
        "layers": [
            {**asdict(layer), "step_work": _work(layer.step_work)} for layer in report.layers
        ],
        "tensors": [
            {
                "name": tensor.name,
                "shape": tensor.shape,
                "parts": [_part(part) for part in tensor.parts],
            }
            for tensor in report.tensors
        ],
        "buffer": [asdict(stretch) for stretch in report.buffer],
        "shapes": [asdict(item) for item in report.shapes],
        "work": {
            "step": _work(report.step_work),
            "head": _work(report.head_work),
            "run": _work(report.run_work),
            "backward": _work(report.backward_work),
        },
        "weight_bytes": report.weight_bytes,
    }


def _part(part: Part) -> dict[str, Any]:
    layer, direction = part.place or (None, None)
    return {
        "param": part.param,
        "layer": layer,
        "direction": direction,
        "spans": part.spans,
        "transposed": part.transposed,
        "sign": part.sign,
        "offset": part.offset,
    }


def _work(work: Work) -> dict[str, int]:
    sums = {"flops": work.flops, "elementwise": work.elementwise,
            "transcendental": work.transcendental}  # fmt: skip
    return {**asdict(work), **sums}


def network_data(network: Network) -> dict[str, Any]:
    """A network as plain data."""
    return {
        "input_size": network.input_size,
        "layers": [layer_data(layer) for layer in network.layers],
        "vocab_size": network.vocab_size,
        "tie_weights": network.tie_weights,
        "num_classes": network.num_classes,
        "head_on": network.head_on,
    }


def layer_data(layer: Layer) -> dict[str, Any]:
    """A layer as plain data."""
    return {
        "cell": layer.cell.name,
        "hidden_size": layer.hidden_size,
        "proj_size": layer.proj_size,
        "bidirectional": layer.bidirectional,
        "bias": layer.bias,
    }
