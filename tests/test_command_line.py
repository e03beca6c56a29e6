"""The command: what it must show, what it refuses, how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command import lstmcalc

from lstmcalc import __version__
from lstmcalc.cli import main


def run(capsys, *words):
    """Status, output and errors of the command, in this process."""
    status = main([*words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def rows(output):
    return [line.split() for line in output.splitlines()]


def test_the_first_command_of_the_readme(tmp_path):
    pytest.importorskip("torch")
    done = lstmcalc("128", "28", "--classes", "10", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    first = done.stdout.splitlines()[0]
    assert "hidden size 128 (units)" in first
    assert "input size 28 (features" in first
    for gate in ("i input", "f forget", "g candidate", "o output"):
        (line,) = [text for text in done.stdout.splitlines() if text.startswith(gate)]
        assert "(128, 28) (128, 128) (156, 128) (128,)" in line
        assert line.split()[-3:] == ["19,968", "20,096", "20,224"]
    for words in (
        "all gates (512, 28) (512, 128) (156, 512) (512,) 79,872 80,384 80,896",
        "no bias (weights alone) 79,872 81,162",
        "one bias (Keras, TF1, Flax) 80,384 81,674 +512: b_i, b_f, b_g, b_o",
        "two biases (torch, cuDNN, ONNX) 80,896 82,186 +512: bias_hh",
    ):
        assert words.split() in rows(done.stdout), done.stdout
    assert ["head", "10", "×", "128", "+", "10", "1,290"] in [r[:7] for r in rows(done.stdout)]
    assert "82,186 parameters" in done.stdout
    assert "✓ verified against torch" in done.stdout
    assert "10 of 10 checks passed" in done.stdout


def test_it_fits_eighty_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for words in (["128", "28", "--classes", "10"], ["65536", "65536", "--layers", "48"],
                  ["1150,1150,400", "400", "--vocab", "33k"],
                  ["1024,512", "300", "--bidirectional", "--vocab", "50k", "--classes", "10",
                   "--head", "every", "--seq-len", "1000", "--batch", "64"]):  # fmt: skip
        _, out, _ = run(capsys, *words, "--no-verify")
        assert max(map(len, out.splitlines())) <= 80
        assert not [line for line in out.splitlines() if line.strip().replace(",", "").isdigit()]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "hidden size and input size: missing"),
        (["128"], "input size: missing; as in: lstmcalc 128 28"),
        (["0", "28"], "hidden size 0: a size is at least 1"),
        (["-5", "28"], "hidden size -5: a size is at least 1"),
        (["-1k", "28"], "hidden size -1000: a size is at least 1"),
        (["2.5", "28"], "hidden size 2.5: a size is a whole number; the nearest are 2 and 3"),
        (["abc", "28"], "command 'abc': there is no command of that name; commands are step"),
        (["128", str(10**30)], "input size ~10^30: a size is at most"),
        (["1,024", "28"], "commas separate the sizes of layers; write 1024"),
        (["1,150", "28"], "it may be 1150 units, or 2 layers of 1 and 150"),
        (["128", "28,30"], "input size '28,30': not a number"),
        (["128", "28", "--classes", "10,20"], "--classes '10,20': not a number"),
        (["128", "28", "30"], "'30': one word too many"),
        (["128", "28", "--hidden-size", "64"], "one word too many"),
        (["128", "28", "hidden="], "one word too many"),
        (["hidden=", "28"], "hidden size '': not a number"),
        (["--batch-first=1k", "128", "28"], "it is given or left out"),
        (["128", "28", "--cell=gru", "--reset-before", "--reset-after"], "choose one"),
        (["128", "28", "--cell=gru_reset_before", "--reset-after"], "choose one"),
        (["128", "28", "--proj", "128"], "projection size 128: it must be smaller"),
        (["128", "28", "--proj", "64", "--cell", "gru"], "projection on the cell gru"),
        (["128", "28", "--cell", "lsmt"], "cell 'lsmt': not known; did you mean 'lstm'?"),
        (["128", "28", "--dtype", "floot32"], "did you mean 'float32'?"),
        (["128", "28", "--bias", "duoble"], "did you mean 'double'?"),
        (["128", "28", "--format", "jsn"], "did you mean 'json'?"),
        (["128", "28", "--device", "cudda"], "--device 'cudda': not known; did you mean 'cuda'?"),
        (
            ["128", "28", "--clases", "10"],
            "option 'clases': not known; did you mean 'classes'?",
        ),
        (["128", "28", "--classes"], "--classes: expected one argument"),
        (["128", "28", "--classes", "ten"], "--classes 'ten': not a number"),
        (["128", "28", "--head", "every"], "--head: there is no head"),
        (["128", "28", "--tie-weights"], "tied weights: there is no embedding"),
        (["128", "28", "--tie-weights", "--vocab", "99"], "the embedding's vectors have 28"),
        (["128", "28", "--layers", "0"], "--layers 0: a size is at least 1"),
        (["128", "28", "--layers", "1M"], "1000000 layers: a network has at most"),
        (["128,64", "28", "--layers", "2"], "2 layers with 2 hidden sizes"),
        (["128", "28", "--neurons", "9"], "units of one cell to some, steps"),
        (["128", "28", "dropout=0.2"], "it has no parameters; leave it out"),
        (["128", "28", "return_sequences=True"], "say --head every or --head last"),
        (["128", "28", "--cell", "rnn", "--nonlinearity", "relu"], "--cell rnn_relu"),
        (["128", "28", "--reset-before"], "only a GRU has a reset gate"),
        (["128", "28", "--unbatched", "--batch", "2"], "an unbatched x is a single sequence"),
        (["128", "28", "--seq-len", "0"], "--seq-len 0: a size is at least 1"),
        (["128", "28", "-q"], "option 'q': not known"),
    ],
)
def test_what_makes_no_network_is_one_clear_line(capsys, words, said):
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith("lstmcalc: ")
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (["units=128", "input_dim=28", "num_steps=50"], ["128", "28", "--seq-len", "50"]),
        (["--num_units", "128", "--features", "28"], ["128", "28"]),
        (["128", "28", "--cell", "bilstm"], ["128", "28", "--bidirectional"]),
        (["128", "28", "--cell", "BiGRU"], ["128", "28", "--cell", "gru", "--bidirectional"]),
        (["128", "28", "--cell", "cifg"], ["128", "28", "--cell", "lstm_coupled"]),
        (["128", "28", "--cell", "gru", "--linear-before-reset"], ["128", "28", "--cell", "gru"]),
        (["128", "28", "--cell=gru", "--reset-before"], ["128", "28", "--cell=gru_reset_before"]),
        (["128", "28", "--num-proj", "64"], ["128", "28", "--proj", "64"]),
        (["128", "28", "--n-layers", "2"], ["128", "28", "--layers", "2"]),
        (["128,128", "28"], ["128", "28", "--layers", "2"]),
        (["1,150,", "28"], ["1,150,", "28", "--layers=1"]),
        (["128", "28", "bidirectional=True"], ["128", "28", "--bidirectional"]),
        (["128", "28", "bidirectional=False"], ["128", "28"]),
        (["128", "28", "cell=gru", "reset_after=no"], ["128", "28", "--cell=gru_reset_before"]),
        (["128", "28", "use_bias=False"], ["128", "28", "--bias", "none"]),
        (["BiGRU", "128", "28"], ["128", "28", "--cell=bigru"]),
        (["128", "28", "--proj", "0"], ["128", "28"]),
        (["128", "28", "--dtype", "FLOAT64"], ["128", "28", "--dtype", "float64"]),
        (["128", "28", "--bias", "false"], ["128", "28", "--bias", "none"]),
        (["128", "28", "--dtype", "fp16"], ["128", "28", "--dtype", "float16"]),
        (["0.128k", "28"], ["128", "28"]),
    ],
)  # fmt: skip
def test_peoples_words_mean_the_same(capsys, words, same):
    options = ["--format", "json", "--no-verify"]
    assert run(capsys, *words, *options) == run(capsys, *same, *options)


def test_help_and_version(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert "HIDDEN" in out
    assert "lstmcalc 128 28 --classes 10" in out
    for flag in ("-v", "--version"):
        assert run(capsys, flag) == (0, f"lstmcalc {__version__}\n", "")


def test_a_failed_check_exits_with_1_and_names_the_matrix(capsys, monkeypatch):
    pytest.importorskip("torch")
    from dataclasses import replace

    from lstmcalc.commands import calculate as command
    from lstmcalc.report import calculate

    def faulty(network, **options):
        report = calculate(network, **options)
        first, *rest = report.tensors
        return replace(report, tensors=(first._replace(shape=first.shape[::-1]), *rest))

    monkeypatch.setattr(command, "calculate", faulty)
    status, out, _ = run(capsys, "128", "28")
    assert status == 1
    assert "✗ failed against torch" in out
    assert "weight_ih_l0" in out.split("✗ failed")[1]
    assert "✓ verified" not in out


@pytest.mark.parametrize("cell", ["lstm_peephole", "lstm_coupled", "gru_reset_before"])
def test_what_torch_cannot_build_says_so_and_another_proves_it(capsys, cell):
    pytest.importorskip("torch")
    pytest.importorskip("onnxruntime")
    status, out, _ = run(capsys, "128", "28", "--cell", cell)
    assert status == 0
    assert f"not verified: cell {cell}: torch.nn has no such module" in out
    assert "✓ verified" not in out
    assert "◐ partly verified against onnxruntime" in out
    assert "– convention  the report's tensors are by torch" in out


def test_what_does_not_fit_in_memory_is_proved_on_meta(capsys):
    pytest.importorskip("torch")
    status, out, _ = run(capsys, "65536", "65536", "--layers", "48", "--format", "json")
    document = json.loads(out)
    assert status == 0
    assert document["parameters"]["total"] == 48 * (4 * 65536 * 131072 + 8 * 65536)
    proof = document["verification"]
    assert (proof["outcome"], proof["device"]) == ("partly verified", "meta")
    assert "GB in float64" in proof["reason"]
    found = {check["name"]: check["status"] for check in proof["checks"]}
    assert (found["tensors"], found["totals"], found["values"]) == ("passed", "passed", "skipped")


def test_sizes_past_torchs_limits_leave_the_answer(capsys):
    pytest.importorskip("torch")
    status, out, _ = run(capsys, "999G", "999G", "--format", "csv")
    assert status == 0
    assert "torch gave up" in out


def test_a_device_that_is_not_there_leaves_the_answer(capsys):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    status, out, _ = run(capsys, "128", "28", "--device", "cuda")
    assert status == 0
    assert "80,896 parameters" in out
    assert "not verified: device 'cuda'" in out


def test_without_torch_the_answer_stands(tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\n"
        "from lstmcalc.cli import main; sys.exit(main(['128', '28', '--classes', '10']))"
    )
    done = lstmcalc(folder=tmp_path, code=code)
    assert done.returncode == 0, done.stderr
    assert "82,186 parameters" in done.stdout
    said = " ".join(done.stdout.split())
    assert "not verified: torch is not installed; install it with: pip install" in said
    assert "✓" not in done.stdout


def test_no_verify_is_told(capsys):
    status, out, _ = run(capsys, "128", "28", "--no-verify")
    assert status == 0
    assert "not verified: the proof was left out (--no-verify)" in out


def test_formulas_with_the_numbers_put_in(capsys):
    _, out, _ = run(capsys, "128", "28", "--formula", "--no-verify")
    assert "4·H·(I+H) = 4·128·(28+128) = 79,872" in out
    assert "i(t) = σ(W_xi·x(t) + b_xi + W_hi·h(t−1) + b_hi)" in out
    _, out, _ = run(capsys, "128", "28", "--formula", "--no-verify", "--format", "latex")
    assert r"4 \cdot H \cdot (I+H) &= 4 \cdot 128 \cdot (28+128) = 79{,}872" in out
    assert r"c_t &= f_t \odot c_{t-1} + i_t \odot g_t" in out


def test_colours_are_for_terminals(tmp_path):
    words = ("128", "28", "--no-verify")
    assert "\x1b[" not in lstmcalc(*words, folder=tmp_path).stdout
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    assert "\x1b[1;36m" in lstmcalc(*words, folder=tmp_path, environment=forced).stdout
    quiet = {**forced, "NO_COLOR": "1"}
    assert "\x1b[1;36m" not in lstmcalc(*words, folder=tmp_path, environment=quiet).stdout


def test_an_old_code_page_loses_no_answer(tmp_path):
    code = (
        "import sys; sys.stdout.reconfigure(encoding='ascii')\n"
        "from lstmcalc.cli import main; sys.exit(main(['128', '28', '--no-verify', '--formula']))"
    )
    done = lstmcalc(folder=tmp_path, code=code)
    assert done.returncode == 0, done.stderr
    assert "80,896" in done.stdout


def shell(command, folder):
    """A line of bash, in which `lstmcalc` is the installed command."""
    line = command.replace("lstmcalc", f"'{sys.executable}' -m lstmcalc")
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=folder, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


needs_unix = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no /dev/full, so it is no Linux"
)


@needs_unix
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_reader_that_goes_away_is_no_error(tmp_path, form):
    many = f"lstmcalc 128 28 --layers 1000 --no-verify --format {form} | head -c 1"
    done = shell(many, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@needs_unix
@pytest.mark.parametrize("words", ["128 28 --no-verify", "--help", "--version"])
def test_an_output_that_cannot_be_written_is_one_line(tmp_path, words):
    done = shell(f"lstmcalc {words} >/dev/full", tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("lstmcalc: the output could not be written: ")
    assert done.stderr.count("\n") == 1
    closed = shell(f"lstmcalc {words} >&-", tmp_path)
    assert (closed.returncode, closed.stderr.count("\n")) == (3, 1)


@needs_unix
def test_a_complaint_that_cannot_be_written_keeps_its_status(tmp_path):
    assert shell("lstmcalc 0 0 2>/dev/full", tmp_path).returncode == 2


def test_an_interrupt_is_one_line(capsys, monkeypatch):
    from lstmcalc.commands import calculate as command

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "calculate", interrupted)
    assert run(capsys, "128", "28") == (130, "", "lstmcalc: interrupted\n")


def test_long_runs_are_cut_and_told(capsys):
    pytest.importorskip("torch")
    status, out, _ = run(capsys, "4", "4", "--seq-len", "30M")
    assert status == 0
    assert "in 3 steps of 1 sequences" in " ".join(out.split())


def test_large_weights_are_run_only_when_asked(capsys):
    pytest.importorskip("torch")
    _, out, _ = run(capsys, "4", "4", "--classes", "99M")
    assert "give --device cpu to run it all the same" in " ".join(out.split())
