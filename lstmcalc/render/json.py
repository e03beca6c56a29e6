"""JSON: the whole report and its verdict; docs/report.schema.json says what each field means."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from lstmcalc.readings.costs import Work
from lstmcalc.report import Report
from lstmcalc.verdict import Verdict

SCHEMA_VERSION = 1


def render(report: Report, verdict: Verdict, formula: bool = False) -> str:
    """The report as one JSON document."""
    found = document(report, verdict)
    if formula:
        from lstmcalc.render.formulas import sections  # imports SymPy

        found["formulas"] = [
            {"title": title, "lines": [asdict(line) for line in lines]}
            for title, lines in sections(report, "unicode")
        ]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def document(report: Report, verdict: Verdict) -> dict[str, Any]:
    """The report as plain dictionaries, lists, numbers and strings."""
    network = report.network
    return {
        "schema": "lstmcalc.report",
        "schema_version": SCHEMA_VERSION,
        "network": {
            "input_size": network.input_size,
            "layers": [
                {
                    "cell": layer.cell.name,
                    "hidden_size": layer.hidden_size,
                    "proj_size": layer.proj_size,
                    "bidirectional": layer.bidirectional,
                    "bias": layer.bias,
                }
                for layer in network.layers
            ],
            "vocab_size": network.vocab_size,
            "tie_weights": network.tie_weights,
            "num_classes": network.num_classes,
            "head_on": network.head_on,
        },
        "run": asdict(report.run),
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
                "rows": [asdict(part) for part in tensor.slices],
            }
            for tensor in report.tensors
        ],
        "shapes": [asdict(item) for item in report.shapes],
        "work": {
            "step": _work(report.step_work),
            "head": _work(report.head_work),
            "run": _work(report.run_work),
        },
        "weight_bytes": report.weight_bytes,
        "verification": {
            "outcome": verdict.outcome,
            "summary": verdict.summary,
            **asdict(verdict),
        },
    }


def _work(work: Work) -> dict[str, int]:
    sums = {"flops": work.flops, "elementwise": work.elementwise,
            "transcendental": work.transcendental}  # fmt: skip
    return {**asdict(work), **sums}
