import pickle

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fieldmark.models import loaders
from fieldmark.models.loaders.onnx_files import onnx_weights
from fieldmark.records import ConfigError, ModelError, Placement, UnknownNameError

CHANCE = np.random.default_rng(0)
WEIGHTS = CHANCE.normal(size=(3, 4)).astype(np.float32)
IMAGES = CHANCE.integers(0, 256, (5, 6, 8, 3), np.uint8)


def write(
    path,
    *,
    shape=("n", 3, 6, 8),
    kind=TensorProto.FLOAT,
    inputs=1,
    axes=(2, 3),
    two=False,
    plain=False,
):
    """A graph that means over pixels and multiplies by weights."""
    given = [helper.make_tensor_value_info(f"x{i}", kind, shape) for i in range(inputs)]
    nodes = [
        helper.make_node("Cast", ["x0"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["f", "axes"], ["m"], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["y"]),
    ]
    if plain:
        nodes = [helper.make_node("Cast", ["x0"], ["y"], to=TensorProto.FLOAT)]
    outputs = [
        helper.make_tensor_value_info("y", TensorProto.FLOAT, None if plain else (shape[0], 4))
    ]
    if two:
        outputs.append(helper.make_tensor_value_info("m", TensorProto.FLOAT, (shape[0], 3)))
    held = [
        numpy_helper.from_array(WEIGHTS, "w"),
        numpy_helper.from_array(np.array(axes, np.int64), "axes"),
    ]
    graph = helper.make_graph(nodes, "g", given, outputs, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path)
    return path


def means(images, scale=255.0):
    return (images.astype(np.float64) / scale).mean((1, 2)) @ WEIGHTS


@pytest.mark.parametrize(
    ("graph", "options", "wanted"),
    [
        ({}, "", means(IMAGES)),
        ({"shape": (2, 3, 6, 8)}, "", means(IMAGES)),  # five pictures, two at once
        ({"shape": (1, 3, 6, 8)}, "", means(IMAGES)),
        ({"shape": ("n", 6, 8, 3), "axes": (1, 2)}, "", means(IMAGES)),
        ({"kind": TensorProto.UINT8}, "", means(IMAGES, 1)),
        ({}, "?range=0-255", means(IMAGES, 1)),
        ({}, "?range=-1-1", (means(IMAGES) * 2) - WEIGHTS.sum(0)),
        ({}, "?colour=bgr", means(IMAGES[..., ::-1])),
        ({}, "?mean=0.5,0.4,0.3&std=1,2,4",
         (((IMAGES / 255).mean((1, 2)) - (0.5, 0.4, 0.3)) / (1, 2, 4)) @ WEIGHTS),
        ({"two": True}, "?output=y", means(IMAGES)),
        ({"shape": ("n", 3, "h", "w")}, "", means(IMAGES)),
        ({"shape": ("n", "c", "h", "w")}, "?layout=nchw", means(IMAGES)),
    ],
)  # fmt: skip
def test_pictures_go_in_as_the_file_says(tmp_path, graph, options, wanted):
    subject = loaders.subject(f"onnx:{write(tmp_path / 'g.onnx', **graph)}{options}")
    made = subject.load()
    np.testing.assert_allclose(made(IMAGES), wanted, rtol=1e-4, atol=1e-4)
    floats = IMAGES.astype(np.float32) / 255
    np.testing.assert_allclose(made(floats), made(IMAGES), rtol=1e-4, atol=1e-4)
    assert made.card.parameters == 12 + 2


def test_its_size_is_its_framing_and_a_size_of_ones_own_where_any_will_do(tmp_path):
    fixed = loaders.subject(f"onnx:{write(tmp_path / 'g.onnx')}?fit=squash")
    assert (fixed.framing.frame, fixed.framing.fit) == ((6, 8, 3), "squash")
    free = f"onnx:{write(tmp_path / 'h.onnx', shape=('n', 3, 'h', 'w'))}"
    assert loaders.subject(free).framing is None
    assert loaders.subject(f"{free}?size=12x10").framing.frame == (12, 10, 3)
    assert loaders.subject(free).name == "h.onnx"


def test_probabilities_become_their_logarithms(tmp_path):
    made = loaders.subject(f"onnx:{write(tmp_path / 'g.onnx')}?scores=probabilities").load()
    said = made(IMAGES)
    positive = means(IMAGES) > 0
    np.testing.assert_allclose(said[positive], np.log(means(IMAGES)[positive]), rtol=1e-3)
    assert np.isfinite(said).all()


@pytest.mark.parametrize(
    ("graph", "options", "line"),
    [
        ({"inputs": 2}, "", r"has 2 inputs \(x0 .*, x1 .*\); a classifier of pictures has one"),
        ({"two": True}, "", r"has 2 outputs; say which are the scores: output=y"),
        ({"shape": ("n", 4, 6, 8), "plain": True}, "", "layout=nchw or layout=nhwc"),
        (
            {"shape": ("n", 4, 6, 8), "plain": True},
            "?layout=nchw",
            "pictures of 4 channels; 1 and 3 are known",
        ),
        ({"shape": ("n", 3, 6), "plain": True}, "", r"of shape \['n', 3, 6\]; pictures are"),
        ({"shape": ("n", 3, 8, 3)}, "", "channels may come first or last; say"),
        ({"kind": TensorProto.INT64}, "", r"takes tensor\(int64\)"),
        ({}, "?classes=a,b", r"answers with 4 scores, and 2 classes were told"),
    ],
)
def test_graphs_that_classify_no_pictures(tmp_path, graph, options, line):
    with pytest.raises(ModelError, match=line):
        loaders.subject(f"onnx:{write(tmp_path / 'g.onnx', **graph)}{options}")


def test_an_answer_that_is_no_row_of_scores(tmp_path):
    path = write(tmp_path / "g.onnx", plain=True)
    line = r"answers 5 pictures with an array of shape \(5, 3, 6, 8\); expected \(5, classes\)"
    with pytest.raises(ModelError, match=line):
        loaders.subject(f"onnx:{path}").load()(IMAGES)


def test_pictures_of_another_size_are_told(tmp_path):
    made = loaders.subject(f"onnx:{write(tmp_path / 'g.onnx')}").load()
    with pytest.raises(ModelError, match=r"g\.onnx cannot be asked: .*INVALID_ARGUMENT"):
        made(IMAGES[:, :5])


def test_files_that_are_none(tmp_path):
    whole = write(tmp_path / "g.onnx").read_bytes()
    for name, content in {"cut": whole[:-40], "noise": b"\x99" * 40, "text": b"hello"}.items():
        (tmp_path / f"{name}.onnx").write_bytes(content)
        with pytest.raises(ModelError, match=r"is no ONNX file, or is cut short|cannot be run"):
            loaders.subject(f"onnx:{tmp_path / name}.onnx")
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(ModelError, match="is empty"):
        loaders.subject(f"onnx:{tmp_path}/empty.onnx")
    with pytest.raises(ModelError, match=r"cannot read .*: No such file"):
        loaders.subject(f"onnx:{tmp_path}/absent.onnx")
    with pytest.raises(UnknownNameError, match="Did you mean layout"):
        loaders.subject(f"onnx:{tmp_path}/g.onnx?layot=nchw")


def test_weights_in_other_files_are_refused(tmp_path):
    model = onnx.load(write(tmp_path / "g.onnx"))
    for tensor in model.graph.initializer:
        if tensor.name == "w":
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="/etc/passwd")
            tensor.ClearField("raw_data")
    (tmp_path / "e.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="keeps weights in other files; make it one"):
        loaders.subject(f"onnx:{tmp_path}/e.onnx")


def test_weights_are_counted_as_onnx_counts_them(published):
    for path in sorted((published / "weights-imagenet").glob("*.onnx")):
        counted = sum(numpy_helper.to_array(one).size for one in onnx.load(path).graph.initializer)
        assert onnx_weights(path.read_bytes(), file=path.name).numbers == counted


def test_placing_is_for_what_onnxruntime_has(tmp_path):
    made = loaders.subject(f"onnx:{write(tmp_path / 'g.onnx')}").load()
    np.testing.assert_array_equal(made.placed(Placement("auto"))(IMAGES), made(IMAGES))
    with pytest.raises(ModelError, match="cannot run on mps here"):
        made.placed(Placement("mps"))
    with pytest.raises(ModelError, match="autocast is for torch nets"):
        made.placed(Placement(autocast="float16"))


def test_it_goes_to_another_process_after_it_was_asked(tmp_path):
    subject = loaders.subject(f"onnx:{write(tmp_path / 'g.onnx')}?mean=0;0;0&std=1;1;1")
    said = subject.load()(IMAGES)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(subject)).load()(IMAGES), said)


def test_another_size_than_the_graphs_is_refused_before_anything_is_asked(tmp_path):
    file = write(tmp_path / "fixed.onnx")
    with pytest.raises(
        ConfigError, match=r"takes pictures of 6×8×3 alone, not of 9×9×3: leave out"
    ):
        loaders.subject(f"onnx:{file}?size=9")
    free = write(tmp_path / "free.onnx", shape=("n", 3, "h", "w"))
    assert loaders.subject(f"onnx:{free}?size=9").framing.frame == (9, 9, 3)
