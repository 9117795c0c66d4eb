"""Is a torch.export file safe to open? What could run code is looked for, and refused.

A .pt2 file is a zip archive: a graph in JSON, and numbers. torch trusts it: weights and constants
may be pickles, which are opened whatever they hold; sizes are expressions in text that sympy
evaluates; guards are Python; an operator's name is looked up from ``torch`` on and called. Here
every file is read first, and let in only if

* no weight or constant is marked as pickled, and example inputs are empty or plain tensors;
* every operator is one of torch's own on tensors, and none of those that touch files;
* every size is made of whole numbers, symbols and a few known functions;
* there are no guards, and every name is an identifier.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from fieldmark.records import ModelError

_MOST_BYTES = 8 << 30
_NAMESPACES = ("aten", "prims", "quantized", "quantized_decomposed", "torchvision")
_OPERATOR = re.compile(r"torch\.ops\.(\w+)\.(\w+)(\.\w+)?")
_ARITHMETIC = re.compile(
    r"(_operator\.(getitem|add|sub|mul|floordiv|truediv|mod|neg|pow|eq|ne|lt|le|gt|ge|and_|or_)"
    r"|math\.(trunc|floor|ceil)|torch\.sym_(int|float|max|min|ite|not|sqrt|sum))"
)
_FILES = re.compile(r"file|save|load|open|path|print|warn|command|record", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_EXPRESSION = re.compile(r"[\w\s()+\-*/,='<>]*")
_WORDS = frozenset(
    [
        "Symbol",
        "Integer",
        "Rational",
        "Max",
        "Min",
        "Mod",
        "FloorDiv",
        "CeilDiv",
        "CleanDiv",
        "PythonMod",
        "positive",
        "integer",
        "nonnegative",
        "True",
        "False",
    ]
)
_SYMBOL = re.compile(r"[su]\d+")
_NAME = re.compile(r"[\w.]*")
_PICKLED = ("use_pickle",)
_SPOKEN = frozenset({"metadata", "torch_version", "as_string", "as_strings", "verifiers"})
_TREES = frozenset({"in_spec", "out_spec"})
_SOME_TREE = re.compile(r"[\w\s.\[\]{}\":,\\\-]*")


def checked_archive(content: bytes, *, file: str) -> bytes:
    """The same bytes, once nothing in them could run code.

    Raises:
        ModelError: It is no torch.export archive, or something in it could.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MOST_BYTES:
                raise ModelError(f"{file} unpacks to more than {_MOST_BYTES >> 30} GiB")
            _check(archive, file)
    except (zipfile.BadZipFile, ValueError, KeyError, RecursionError) as error:
        text = " ".join(str(error).split())[:120]
        raise ModelError(f"{file} cannot be read as a torch.export archive: {text}") from error
    return content


def _check(archive: zipfile.ZipFile, file: str) -> None:
    names = archive.namelist()
    graphs = [name for name in names if re.fullmatch(r"[^/]+/models/[^/]+\.json", name)]
    if not graphs or not any(name.endswith("/archive_format") for name in names):
        old = "serialized_exported_program.json" in names
        hint = "; it is of an older kind, export it again with a newer torch" if old else ""
        raise ModelError(f"{file} holds no torch.export program{hint}")
    for name in names:
        inner = name.partition("/")[2]
        if ".." in name.split("/") or name.startswith("/"):
            raise _refused(file, f"a path that leaves the archive: {name[:60]}")
        if inner.startswith(("data/aotinductor", "executorch", "extra/")):
            raise _refused(file, f"compiled code or extra files: {name[:60]}")
        if inner.startswith("data/sample_inputs/") and archive.getinfo(name).file_size:
            _check_tensors(archive.read(name), file)
        if name in graphs:
            _check_graph(json.loads(archive.read(name)), file)
        elif inner.startswith("data/") and inner.endswith(".json"):
            _check_payload(json.loads(archive.read(name)), file)


def _refused(file: str, what: str) -> ModelError:
    return ModelError(
        f"{file} holds {what}, which could run code when it is opened. Where you trust it, load it "
        "yourself and hand it over through a factory: python:package.module:factory"
    )


def _check_tensors(content: bytes, file: str) -> None:
    """Example inputs must be what torch's restricted reader can build."""
    import pickle

    import torch

    try:
        torch.load(BytesIO(content), weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, TypeError) as error:
        raise _refused(file, "example inputs that are more than tensors") from error


def _check_payload(said: Any, file: str) -> None:  # noqa: ANN401  JSON
    """Weights and constants must be bare numbers."""
    for key, value in _walk(said):
        if key in _PICKLED and value is not False:
            raise _refused(file, "pickled weights or constants")
        if key == "path_name" and (not isinstance(value, str) or not _NAME.fullmatch(value)):
            raise _refused(file, "weights with an odd name")
        if key == "path_name" and not str(value).startswith(("weight_", "tensor_")):
            raise _refused(file, f"an object that is no tensor ({str(value)[:40]})")


def _check_graph(said: Any, file: str) -> None:  # noqa: ANN401  JSON
    for key, value in _walk(said, but=_SPOKEN):
        if key == "guards_code" and value:
            raise _refused(file, "guards, which are Python")
        if isinstance(value, str) and key not in _SPOKEN:
            _check_text(key, value, file)
    for source in _sources(said):
        for word in re.split(r"[;,]", source):
            if "(" in word or "__" in word.replace("__main__", ""):
                raise _refused(file, f"a source that is called: {word[:60]!r}")


def _check_text(key: str, value: str, file: str) -> None:
    if key in ("target", "as_operator"):
        _check_operator(value, file)
    elif key == "expr_str":
        _check_expression(value, file)
    elif key in _TREES:
        if not _SOME_TREE.fullmatch(value):
            raise _refused(file, f"an odd shape of its inputs: {value[:60]!r}")
    elif not _NAME.fullmatch(value):
        raise _refused(file, f"a name that is none: {value[:60]!r}")


def _check_operator(name: str, file: str) -> None:
    found = _OPERATOR.fullmatch(name)
    if found and found[1] in _NAMESPACES and not _FILES.search(found[2]):
        return
    if not _ARITHMETIC.fullmatch(name):
        raise _refused(file, f"an operator that is not one of torch's on tensors: {name[:60]!r}")


def _check_expression(text: str, file: str) -> None:
    known = (word in _WORDS or _SYMBOL.fullmatch(word) for word in _WORD.findall(text))
    if not _EXPRESSION.fullmatch(text) or len(text) > 500 or not all(known) or "**" in text:
        raise _refused(file, f"a size that is no plain expression: {text[:60]!r}")


def _sources(said: Any) -> Iterator[str]:  # noqa: ANN401  JSON
    """What nodes say of the functions they came from, which torch looks up by name."""
    for node in said["graph_module"]["graph"]["nodes"]:
        for key, value in (node.get("metadata") or {}).items():
            if key == "source_fn_stack" and isinstance(value, str):
                yield value


def _walk(
    said: Any,  # noqa: ANN401  JSON
    key: str = "",
    *,
    but: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth; keys are told too, as names."""
    if isinstance(said, dict):
        for inner, value in said.items():
            yield "", inner
            yield inner, value
            if inner not in but:
                yield from _walk(value, inner, but=but)
    elif isinstance(said, list):
        for value in said:
            if isinstance(value, str):
                yield key, value
            yield from _walk(value, key, but=but)
