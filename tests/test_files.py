"""Weights and sequences from files: what torch saved comes back, and nothing hostile is run."""

import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest

from lstmcalc import LSTM, read_sequence, read_weights, step_through, verify
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights
from lstmcalc.errors import FileError, LstmcalcError

NETWORK = LSTM(3, 4, 2, bidirectional=True, vocab_size=9, num_classes=5)


def arrays(network=NETWORK, prefix=""):
    layout = tensors(network, TORCH)
    return {f"{prefix}{n}": a for n, a in pack(draw_weights(network), layout).items()}


def assert_read(path):
    found, drawn = read_weights(path, NETWORK), draw_weights(NETWORK)
    for place, params in drawn.recurrent.items():
        for name, array in params.items():
            np.testing.assert_array_equal(found.recurrent[place][name], array)
    for name in ("embedding", "head_weight", "head_bias"):
        np.testing.assert_array_equal(getattr(found, name), getattr(drawn, name))


@pytest.mark.parametrize("prefix", ["", "model.encoder."])
def test_npz(tmp_path, prefix):
    np.savez(tmp_path / "w.npz", **arrays(prefix=prefix))
    assert_read(tmp_path / "w.npz")
    np.savez_compressed(tmp_path / "w.npz", **arrays(prefix=prefix))
    assert_read(tmp_path / "w.npz")


def test_safetensors(tmp_path):
    from safetensors.numpy import save_file

    save_file(arrays(), tmp_path / "w.safetensors")
    assert_read(tmp_path / "w.safetensors")


def test_what_torch_saved_and_computed(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.words = torch.nn.Embedding(9, 3)
            self.lstm = torch.nn.LSTM(3, 4, 2, bidirectional=True)
            self.fc = torch.nn.Linear(8, 5)

    model = Model()
    save_file(model.state_dict(), tmp_path / "w.safetensors")
    walk = step_through(
        NETWORK, weights=read_weights(tmp_path / "w.safetensors", NETWORK), x=np.array([1, 8, 0])
    )
    with torch.no_grad():
        logits = model.double().fc(model.lstm(model.words(torch.tensor([1, 8, 0])))[0][-1])
    np.testing.assert_allclose(walk.logits[0], logits.numpy(), atol=1e-12)
    assert verify(walk).outcome == "verified"


def test_bfloat16(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    lstm = torch.nn.LSTM(3, 4).bfloat16()
    save_file(lstm.state_dict(), tmp_path / "w.safetensors")
    found = read_weights(tmp_path / "w.safetensors", LSTM(3, 4)).recurrent[0, 0]["W_xi"]
    np.testing.assert_array_equal(found, lstm.weight_ih_l0.detach().double().numpy()[:4])


class Bomb:
    def __reduce__(self):
        return (print, ("run!",))


def npy(array):
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def write_zip(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)


def test_files_that_are_not_weights(tmp_path, capsys):
    path = tmp_path / "w.npz"
    cases = {
        "it is no zip": (b"nonsense", "not a zip file"),
        "empty": (b"", "not a zip file"),
        "a pickle": (pickle.dumps(Bomb()), "cannot be read"),
    }
    for data, said in cases.values():
        path.write_bytes(data)
        with pytest.raises(FileError, match=said):
            read_weights(path, NETWORK)
    write_zip(path, a__npy=npy(np.array([Bomb()], dtype=object)))
    with pytest.raises(FileError, match="Python objects"):
        read_weights(path, NETWORK)
    write_zip(path, readme__txt=b"hello")
    with pytest.raises(FileError, match="is no array"):
        read_weights(path, NETWORK)
    assert capsys.readouterr().out == ""


def test_a_header_that_claims_more_than_there_is(tmp_path):
    whole = npy(np.zeros((4, 3)))
    lying = whole.replace(b"(4, 3)", b"(9**9,)"[:6]).replace(b"(9**9,", b"(99,3)")
    write_zip(tmp_path / "w.npz", a__npy=lying)
    with pytest.raises(FileError, match="claims"):
        read_weights(tmp_path / "w.npz", NETWORK)


def test_a_zip_that_unpacks_to_more_than_memory(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "w.npz", a=np.zeros(1_000_000))
    monkeypatch.setattr("lstmcalc.files.bounds.available_bytes", lambda: 1_000_000)
    with pytest.raises(FileError, match="more than half"):
        read_weights(tmp_path / "w.npz", NETWORK)


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 40, struct.pack("<Q", 2**40) + b"{}", struct.pack("<Q", 2) + b"[]"]
)
def test_damaged_safetensors(tmp_path, data):
    (tmp_path / "w.safetensors").write_bytes(data)
    with pytest.raises(FileError, match="cannot be read"):
        read_weights(tmp_path / "w.safetensors", NETWORK)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (LSTM(3, 5, 2, bidirectional=True), "has the shape"),
        (LSTM(3, 4, bidirectional=True), r"it also has rnn.weight_ih_l1"),
        (LSTM(3, 4, 2), "_reverse"),
        (LSTM(3, 4, 3, bidirectional=True), "no tensor is weight_ih_l2"),
        (LSTM(3, 4, 2, bidirectional=True, bias=False), "bias_ih_l0"),
        (LSTM(3, 4, 2, bidirectional=True, num_classes=6), "head.weight has the shape"),
    ],
)
def test_a_file_of_another_network(tmp_path, network, message):
    np.savez(tmp_path / "w.npz", **arrays())
    with pytest.raises(FileError, match=message):
        read_weights(tmp_path / "w.npz", network)


def test_two_that_could_be_it_are_not_chosen_between(tmp_path):
    own = {f"a.{n}": a for n, a in arrays(LSTM(3, 4)).items()}
    np.savez(tmp_path / "w.npz", **own, **{n.replace("a.", "b."): a for n, a in own.items()})
    with pytest.raises(FileError, match=r"a.weight_ih_l0 and b.weight_ih_l0 could each be"):
        read_weights(tmp_path / "w.npz", LSTM(3, 4))


def test_numbers_that_are_none(tmp_path):
    broken = arrays(LSTM(3, 4))
    broken["weight_hh_l0"][0, 0] = np.nan
    np.savez(tmp_path / "w.npz", **broken)
    with pytest.raises(FileError, match="weight_hh_l0 holds what is no finite number"):
        read_weights(tmp_path / "w.npz", LSTM(3, 4))


@pytest.mark.parametrize("name", ["none.npz", "none.safetensors", "none.pt", "none"])
def test_a_file_that_is_not_there(tmp_path, name):
    with pytest.raises(FileError, match=r"No such file|tells no kind"):
        read_weights(tmp_path / name, NETWORK)


@pytest.mark.parametrize(
    "text",
    ["1,2,3\n4,5,6\n", "a,b,c\n1,2,3\n4,5,6\n", "1;2;3\n4;5;6", "1\t2\t3\n\n4\t5\t6\n",
     "\ufeff1 2 3\r\n4 5 6\r\n"],
)  # fmt: skip
def test_sequences_of_text(tmp_path, text):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8", newline="")
    np.testing.assert_array_equal(
        read_sequence(tmp_path / "x.csv", LSTM(3, 4)), [[1, 2, 3], [4, 5, 6]]
    )


@pytest.mark.parametrize("shape", [(2, 3), (2, 1, 3), (1, 2, 3)])
def test_sequences_of_numpy(tmp_path, shape):
    x = np.arange(6.0).reshape(shape)
    np.save(tmp_path / "x.npy", x)
    np.testing.assert_array_equal(read_sequence(tmp_path / "x.npy", LSTM(3, 4)), x.reshape(2, 3))


def test_tokens_and_single_features(tmp_path):
    np.save(tmp_path / "x.npy", np.array([3, 1, 2]))
    assert read_sequence(tmp_path / "x.npy", LSTM(3, 4, vocab_size=9)).tolist() == [3, 1, 2]
    assert read_sequence(tmp_path / "x.npy", LSTM(1, 4)).shape == (3, 1)
    (tmp_path / "x.csv").write_text("token\n3\n1\n2\n")
    assert read_sequence(tmp_path / "x.csv", LSTM(3, 4, vocab_size=9)).tolist() == [3, 1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "it is empty"), ("a,b\n", "no numbers"), ("1,2\n3,x\n", "could not convert"),
     ("1,2\n3\n", "number of columns changed"), ("0.5,\n1,2\n", "could not convert"),
     ("1,2\n#3,4\n", "could not convert")],
)  # fmt: skip
def test_text_that_is_no_sequence(tmp_path, text, message):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(FileError, match=message):
        read_sequence(tmp_path / "x.csv", LSTM(2, 4))


def test_sequences_that_could_run_code(tmp_path, capsys):
    (tmp_path / "x.npy").write_bytes(npy(np.array([Bomb()], dtype=object)))
    with pytest.raises(FileError, match="Python objects"):
        read_sequence(tmp_path / "x.npy", LSTM(2, 4))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("shape", [(), (0,), (5, 1, 0), (2, 2, 2, 2)])
def test_arrays_that_are_no_sequence(tmp_path, shape):
    np.save(tmp_path / "x.npy", np.zeros(shape))
    with pytest.raises(FileError, match="is no sequence"):
        read_sequence(tmp_path / "x.npy", LSTM(2, 4))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_folders_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "x.csv")
    (tmp_path / "w.npz").mkdir()
    for read, name in ((read_sequence, "x.csv"), (read_weights, "w.npz")):
        with pytest.raises(FileError, match="it is no regular file"):
            read(tmp_path / name, LSTM(2, 4))


def test_names_that_would_command_the_terminal(tmp_path):
    from safetensors.numpy import save_file

    save_file({"\x1b[2J" + "n" * 300_000: np.zeros(3)}, tmp_path / "w.safetensors")
    with pytest.raises(FileError) as raised:
        read_weights(tmp_path / "w.safetensors", LSTM(2, 4))
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1_100


def test_a_state_dict_as_it_is():
    torch = pytest.importorskip("torch")
    module = torch.nn.LSTM(3, 4)
    weights = read_weights(module.state_dict(), LSTM(3, 4))
    walk = step_through(LSTM(3, 4), weights=weights, x=np.ones((2, 3)))
    with torch.no_grad():
        output = module.double()(torch.ones(2, 3, dtype=torch.float64))[0]
    np.testing.assert_allclose(walk.recording.outputs.output[:, 0], output.numpy(), atol=1e-12)
    with pytest.raises(LstmcalcError, match="make them with read_weights"):
        step_through(LSTM(3, 4), weights=module.state_dict())


def test_what_was_taken_for_the_ends_is_told(tmp_path):
    own = arrays(LSTM(3, 4, num_classes=2), prefix="m.")
    own = {name.replace("m.head", "fc"): array for name, array in own.items()}
    np.savez(tmp_path / "w.npz", **own, extra=np.zeros(3))
    weights = read_weights(tmp_path / "w.npz", LSTM(3, 4, num_classes=2))
    assert weights.source == "from w.npz (head fc.weight; not used: extra)"


def test_a_pickle_is_not_read_and_how_to_convert_it_is_told(tmp_path):
    (tmp_path / "model.pt").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(FileError, match=r"safetensors\.torch\.save_file"):
        read_weights(tmp_path / "model.pt", LSTM(3, 4))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({}, "no tensor is weight_ih_l0"),
        ({1: np.zeros(3)}, "a name of one is no text"),
        ({"weight_ih_l0": None}, "no tensor is weight_ih_l0"),
        (None, "NoneType as weights: it is none"),
        ([1], "list as weights: it is none"),
    ],
)
def test_what_is_no_mapping_of_tensors(source, message):
    with pytest.raises(FileError, match=message):
        read_weights(source, LSTM(3, 4))


@pytest.mark.parametrize("change", ["meta", "bool", "complex64", "sparse"])
def test_tensors_without_real_numbers(change):
    torch = pytest.importorskip("torch")
    tensors_ = dict(torch.nn.LSTM(3, 4).state_dict())
    own = tensors_["weight_hh_l0"]
    changed = {
        "meta": lambda: own.to("meta"),
        "bool": own.bool,
        "complex64": lambda: own.to(torch.complex64),
        "sparse": own.to_sparse,
    }[change]()
    with pytest.raises(FileError, match="weight_hh_l0"):
        read_weights({**tensors_, "weight_hh_l0": changed}, LSTM(3, 4))
    assert read_weights({**tensors_, "unused": changed}, LSTM(3, 4)).source
