"""What an ONNX file says of itself, read without running it: a few fields of a protocol buffer."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from fieldmark.records import ModelError

# Numbers of the fields that are read, from the published onnx.proto.
_MODEL_GRAPH, _GRAPH_INITIALIZER = 7, 5
_TENSOR_DIMS, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 1, 13, 14
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_AWAY = 1  # TensorProto.EXTERNAL


@dataclass(frozen=True)
class OnnxWeights:
    """How many numbers a file's weights are, and whether some of them lie in other files."""

    numbers: int
    elsewhere: bool


def onnx_weights(content: bytes, *, file: str) -> OnnxWeights:
    """What the weights of an ONNX file are.

    Raises:
        ModelError: It is no ONNX file.
    """
    numbers, elsewhere, graphs = 0, False, 0
    try:
        for field, graph in _fields(memoryview(content)):
            if field != _MODEL_GRAPH or isinstance(graph, int):
                continue
            graphs += 1
            for inner, tensor in _fields(graph):
                if inner == _GRAPH_INITIALIZER and not isinstance(tensor, int):
                    dims, away = _tensor(tensor)
                    numbers, elsewhere = numbers + prod(dims), elsewhere or away
    except (IndexError, ValueError) as error:
        raise ModelError(f"{file} is no ONNX file, or is cut short") from error
    if not graphs:
        raise ModelError(f"{file} is no ONNX file, or is cut short")
    return OnnxWeights(numbers, elsewhere)


def _tensor(tensor: memoryview) -> tuple[list[int], bool]:
    dims: list[int] = []
    away = False
    for field, value in _fields(tensor):
        if field == _TENSOR_DIMS:
            dims.extend([value] if isinstance(value, int) else _packed(value))
        away = away or field == _TENSOR_EXTERNAL or (field, value) == (_TENSOR_LOCATION, _AWAY)
    return dims, away


def _packed(values: memoryview) -> Iterator[int]:
    place = 0
    while place < len(values):
        value, place = _varint(values, place)
        yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message: numbers, and whatever has a length."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, place = _varint(message, place)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(kind)
        if place + length > len(message):
            raise IndexError(length)
        if kind == _BYTES:
            yield key >> 3, message[place : place + length]
        place += length


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("a number of more than ten bytes")
