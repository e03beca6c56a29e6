"""Arrays of every odd kind, in files and without: read as they are, or refused in one line."""

import io
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from lstmcalc import LSTM, convert, read_sequence, read_weights, step_through
from lstmcalc.cli import main
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights
from lstmcalc.errors import FileError, LstmcalcError
from lstmcalc.files.tensors import read_tensors, write_tensors

NETWORK = LSTM(3, 4)
HELD = pack(draw_weights(NETWORK), tensors(NETWORK, TORCH))
ENDINGS = (".npz", ".safetensors")


def signalling(kind):
    """A signalling nan: NumPy warns where it is cast to another type."""
    bits = {"float16": 0x7D00, "float32": 0x7FA00000, "float64": 0x7FF4000000000000}[kind]
    return np.array([bits], f"u{np.dtype(kind).itemsize}").view(kind)


def with_first(array):
    return {**HELD, "weight_ih_l0": array}


def bytes_of(array, version=None):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a format that only newer ones read
        np.lib.format.write_array(out, array, version)
    return out.getvalue()


def npz(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


# --------------------------------------------------------------------------------- what is carried

FINE = {
    "empty": lambda a: np.zeros(0, "uint8"),
    "empty rows": lambda a: np.zeros((0, 3)),
    "empty columns": lambda a: np.zeros((3, 0), "float32"),
    "no axes": lambda a: np.array(3.5),
    "whole": lambda a: np.arange(3, dtype="uint64"),
    "truths": lambda a: a > 0,
    "the other way round": lambda a: a[::-1, ::-1],
    "other bytes first": lambda a: a.astype(">f4"),
    "with gaps": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "one number many times": lambda a: np.broadcast_to(np.float16(0.5), a.shape),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", FINE)
def test_arrays_of_any_form_come_back_from_a_file(tmp_path, kind, ending):
    beside = FINE[kind](HELD["weight_ih_l0"])
    path = tmp_path / f"w{ending}"
    write_tensors(path, {**HELD, "beside": beside}, replace=False)
    found = read_tensors(path)
    assert found["beside"].shape == beside.shape
    assert np.array_equal(found["beside"], beside)
    assert found["beside"].dtype.newbyteorder("=") == beside.dtype.newbyteorder("=")
    assert "not used: beside" in read_weights(path, NETWORK).source
    assert convert(found, "torch", "keras").notes[-1].endswith("part of the network: beside")


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_format_of_numpy_is_read(tmp_path, version):
    path = npz(tmp_path / "w.npz", **{n: bytes_of(a, version) for n, a in HELD.items()})
    found = read_weights(path, NETWORK)
    assert np.array_equal(found.recurrent[0, 0]["W_xi"], HELD["weight_ih_l0"][:4])
    np_file = tmp_path / "x.npy"
    np_file.write_bytes(bytes_of(np.ones((2, 3)), version))
    assert read_sequence(np_file, NETWORK).shape == (2, 3)


# --------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bytes_of(np.zeros(2, [("ħ", "f8"), ("漢", "f8")])), "fields with names"),
        (b"\x93NUMPY\x09\x00" + bytes(60), r"NumPy's format 9.0 is not known"),
        (b"\x93NUMPY\x03\x00\xff\xff\xff\xff{", "cannot be read"),
        (b"\x93NUMPY\x03\x00", "cannot be read"),
        (b"\x93NUMPZ\x01\x00" + bytes(60), "the magic string is not correct"),
        (b"", "cannot be read"),
        (bytes_of(np.zeros((2, 3))).replace(b"(2, 3)", b"(-2,3)"), "claims"),
        (bytes_of(np.zeros((0, 3))).replace(b"(0, 3), }  ", b"(0,9**9)}  "), "cannot be read"),
    ],
)
def test_a_damaged_array_is_refused_in_one_line(tmp_path, content, why):
    path = npz(tmp_path / "w.npz", a=content)
    with pytest.raises(FileError, match=why) as raised:
        read_tensors(path)
    assert "\n" not in str(raised.value)
    assert not isinstance(raised.value.__context__, MemoryError)


NO_NUMBERS = {
    "complex": lambda a: a.astype(complex),
    "objects": lambda a: a.astype(object),
    "text": lambda a: a.astype(str),
    "bytes": lambda a: a.astype("S8"),
    "raw": lambda a: np.zeros(a.shape, "V3"),
    "fields": lambda a: np.zeros(a.shape, [("a", "f4"), ("b", "i2")]),
    "dates": lambda a: np.zeros(a.shape, "M8[s]"),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", [*NO_NUMBERS, "longdouble"])
def test_what_no_file_can_hold_is_not_written(tmp_path, kind, ending):
    array = HELD["weight_ih_l0"]
    odd = array.astype(np.longdouble) if kind == "longdouble" else NO_NUMBERS[kind](array)
    if odd.dtype == np.float64:
        pytest.skip("here it is float64")
    with pytest.raises(FileError, match=r"weight_ih_l0 is of type .*; convert it to one of f"):
        write_tensors(tmp_path / f"w{ending}", with_first(odd), replace=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", NO_NUMBERS)
def test_what_are_no_numbers_are_no_weights(kind):
    odd = NO_NUMBERS[kind](HELD["weight_ih_l0"])
    with pytest.raises(LstmcalcError, match=r"weight_ih_l0: it holds .* floating-point numbers"):
        convert(with_first(odd), "torch", "keras")
    with pytest.raises(LstmcalcError, match="weight_ih_l0"):
        read_weights(with_first(odd), NETWORK)
    assert convert({**HELD, "beside": odd}, "torch", "keras")


def test_more_digits_than_frameworks_store_are_refused():
    if np.longdouble(1).nbytes == 8:
        pytest.skip("here it is float64")
    long = {name: array.astype(np.longdouble) for name, array in HELD.items()}
    with pytest.raises(LstmcalcError, match=r"no framework stores; convert it with .astype"):
        convert(long, "torch", "keras")
    long["weight_ih_l0"][0, 0] = np.longdouble(10) ** 4000
    with pytest.raises(LstmcalcError, match="no framework stores"):
        convert(long, "torch", "keras")
    with pytest.raises(LstmcalcError, match="weight_ih_l0 holds what is no finite number"):
        read_weights(long, NETWORK)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_signalling_nan_is_told_and_nothing_else(tmp_path, capsys, kind, ending):
    odd = np.broadcast_to(signalling(kind), HELD["weight_ih_l0"].shape)
    path = tmp_path / f"w{ending}"
    write_tensors(path, with_first(odd), replace=False)
    words = [str(path), "--from", "torch", "--to", "keras"]
    assert main(["convert", *words]) == 2
    assert capsys.readouterr().err == (
        "lstmcalc: tensor weight_ih_l0: it holds values that are not finite\n"
    )
    for command in ("step", "gradients"):
        assert main([command, "4", "3", "--weights", str(path)]) == 2
        assert capsys.readouterr().err == (
            f"lstmcalc: file {path}: weight_ih_l0 holds what is no finite number\n"
        )
    x = np.broadcast_to(signalling(kind), (2, 3))
    np.save(tmp_path / "x.npy", x)
    assert main(["step", "4", "3", "--input", str(tmp_path / "x.npy")]) == 2
    assert "it holds nan or infinity" in capsys.readouterr().err
    with pytest.raises(LstmcalcError, match="it holds nan or infinity"):
        step_through(NETWORK, x=x)


def test_sums_beyond_float64_are_told():
    large = {name: np.full(array.shape, 1.7e308) for name, array in HELD.items()}
    with pytest.raises(LstmcalcError, match="the sum of two biases does not fit float64"):
        convert(large, "torch", "keras")


# -------------------------------------------------------------------------------------- any of them

KINDS = some.one_of(
    arrays.floating_dtypes(endianness="?"), arrays.integer_dtypes(endianness="?"),
    arrays.unsigned_integer_dtypes(endianness="?"), arrays.boolean_dtypes(),
    arrays.complex_number_dtypes(), arrays.unicode_string_dtypes(max_len=3),
    arrays.byte_string_dtypes(max_len=3), arrays.datetime64_dtypes(), some.just(np.dtype("V3")),
    some.just(np.dtype(object)), some.just(np.dtype([("a", "f4"), ("b", "u1")])),
)  # fmt: skip
SHAPES = some.one_of(
    some.sampled_from([array.shape for array in HELD.values()]),
    arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
NAMES = some.one_of(
    some.sampled_from([*HELD, "a.head.weight", "a.head.bias", "b.weight", "rnn.weight_ih_l1"]),
    some.text(max_size=4),
)


@some.composite
def an_array(draw):
    """Zeros, ones or raw bytes: what is in it matters less than what it is."""
    kind, shape = draw(KINDS), draw(SHAPES)
    size = int(np.prod(shape)) * kind.itemsize
    if kind.hasobject or not draw(some.booleans()):
        return np.zeros(shape, kind)
    raw = draw(some.binary(min_size=size, max_size=size))
    found = np.frombuffer(raw, np.dtype((np.void, max(kind.itemsize, 1))))
    try:
        found = found.view(kind).reshape(shape)
        return found.T if draw(some.booleans()) else found
    except (TypeError, ValueError):
        return np.zeros(shape, kind)


ODD = some.one_of(an_array(), some.none(), some.floats(), some.text(max_size=3),
                  some.lists(some.lists(some.floats(), max_size=2), max_size=2))  # fmt: skip


def tried(work, *args):
    """What it gives; an error that is not on purpose, and a warning, are a fault of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return work(*args)
        except LstmcalcError:
            return None


@settings(max_examples=60, deadline=None)
@given(odd=some.dictionaries(NAMES, ODD, max_size=4), whole=some.booleans())
def test_any_mapping_is_carried_or_refused(tmp_path_factory, odd, whole):
    held = {**(HELD if whole else {}), **odd}
    network = LSTM(3, 4, num_classes=2)
    tried(read_weights, held, NETWORK)
    tried(read_weights, held, network)
    found = tried(convert, held, "torch", "keras")
    folder: Path = tmp_path_factory.mktemp("odd")
    written = {name: array for name, array in held.items() if isinstance(array, np.ndarray)}
    for ending in ENDINGS:
        if found is not None:
            write_tensors(folder / f"found{ending}", found.tensors, replace=True)
        path = folder / f"w{ending}"
        tried(write_tensors, path, written, True)
        if path.exists():
            there = tried(read_tensors, path)
            tried(read_weights, path, NETWORK)
            if there is not None:
                tried(convert, there, "torch", "keras")


@settings(max_examples=60, deadline=None)
@given(cut=some.integers(0, 400), put=some.binary(max_size=8), where=some.integers(0, 400))
def test_a_file_with_any_damage_is_read_or_refused(tmp_path_factory, cut, put, where):
    folder = tmp_path_factory.mktemp("damage")
    for ending in ENDINGS:
        path = folder / f"w{ending}"
        write_tensors(path, {"a": np.ones((2, 3)), "b": np.zeros(0, "u1")}, replace=True)
        content = path.read_bytes()
        path.write_bytes(content[:where] + put + content[where + len(put) : len(content) - cut])
        tried(read_tensors, path)
