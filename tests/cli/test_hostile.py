"""What people do wrong, and what befalls them: one line, status 2, and nothing kept is lost."""

import json
import shutil
from io import BytesIO

import pytest
from PIL import Image

from fieldmark.store import open_store
from tests.cli.hostile import files, one_line, pictures

# Pictures


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda whole: whole[:90], "3/1.png is damaged or cut short"),
        (lambda whole: b"a text", "3/1.png is named like a picture but is none"),
        (lambda whole: b"", "3/1.png is empty"),
    ],
)
def test_a_picture_that_is_none(ask, place, kept, content, message):
    file = place / "photos/3/1.png"
    file.write_bytes(content(file.read_bytes()))
    one_line(ask("chance", "folder:photos?name=other"), message)
    assert kept.items() <= files(place / "kept").items()


def test_another_number_of_channels(ask, place, kept):
    ended = ask("chance", "folder:photos?channels=3&name=colour")
    assert ended.status == 2
    assert (
        "failed: chance × colour: chance expects 28×28×1 images, but those of colour" in ended.err
    )
    ended = ask("python:hostile_models:coloured", "mnist-test,mnist-test+contrast@*")
    assert "failed: coloured × mnist-test and 5 other conditions: coloured expects" in ended.err
    assert kept.items() <= files(place / "kept").items()


def test_an_empty_class_and_one_that_nobody_knows(ask, place, kept):
    (place / "photos/zebra").mkdir()
    one_line(ask("chance", "folder:photos"), "class folder photos/zebra holds nothing")
    shutil.copy(place / "photos/0/0.png", place / "photos/zebra/0.png")
    ended = ask("chance", "folder:photos?name=animals")
    assert ended.status == 2
    assert "classes that the model does not know: zebra" in ended.err
    assert kept.items() <= files(place / "kept").items()


def test_pictures_that_changed_are_another_set(ask, place, kept):
    shutil.copy(place / "photos/0/0.png", place / "photos/1/1.png")
    one_line(ask("chance", "folder:photos"), "made from other examples (20 of photos,")
    one_line(ask("ridge", "folder:photos"), "Nothing was changed. Use another store, or remove")
    assert kept == files(place / "kept")


def test_another_seed(ask, place, kept):
    one_line(
        ask("chance", "folder:photos", "--seed", "1"), "made from other seed (0 kept, 1 wanted)"
    )
    assert kept == files(place / "kept")


def test_what_failed_on_wrong_pictures_is_mended_with_retry_failed(ask, place):
    pictures(place / "large", side=40)
    assert "expects 28×28×1 images" in ask("chance", "folder:large").err
    one_line(ask("chance", "folder:large?size=28"), "try that failed cell anew: --retry-failed")
    assert ask("chance", "folder:large?size=28", "--retry-failed").status == 0
    shown = open_store(place / "kept").specimens("large")
    with Image.open(BytesIO(next(iter(shown.values())))) as picture:
        assert picture.size == (28, 28)


# Models


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nan", "nan answered with NaN or infinite scores for 20 of 20 images"),
        ("few", "few answered with an array of shape (20, 7) for 20 images and 10 classes"),
        ("raises", "raises raised RuntimeError: out of memory"),
        ("leaves", "leaves raised SystemExit: 3"),
    ],
)
def test_a_model_that_answers_nonsense_is_a_record(ask, place, kept, name, message):
    ended = ask(f"chance,python:hostile_models:{name}", "folder:photos")
    assert ended.status == 2
    assert f"failed: {name} × photos: {message}" in ended.err
    assert "0 cells answered" in ended.out
    assert kept.items() <= files(place / "kept").items()
    assert ask(f"chance,python:hostile_models:{name}", "folder:photos").status == 2


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("python:hostile_models:nothing", "returns nothing; a factory returns the model"),
        ("python:hostile_models:number", "a int is no model"),
        ("python:hostile_models:lost", "fails: FileNotFoundError: no weights.pt here"),
        ("python:hostile_models:exits", "fails: SystemExit: usage: ..."),
        ("python:hostile_models:fien", "has no function 'fien'"),
        ("python:hostile_modles:fine", "no module called 'hostile_modles'"),
        ("python:hostile_models", "names no factory; write package.module:factory"),
        ("sklearn:nowhere.skops", "cannot read nowhere.skops: No such file or directory"),
        ("sklearn:hostile_models.py", "is no .skops file"),
        ("pyton:hostile_models:fine", "no loader called 'pyton'. Did you mean python?"),
    ],
)
def test_a_model_that_cannot_be_had(ask, place, kept, spec, message):
    one_line(ask(spec, "folder:photos"), message)
    assert kept == files(place / "kept")


def test_what_a_model_prints_does_not_spoil_the_answer(ask, place):
    ended = ask("python:hostile_models:chatty", "folder:photos", "--json")
    assert json.loads(ended.out)["done"] == 1
    assert "hello" in ended.err


# Names


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("run --subjects chanse --conditions mnist-test", "Did you mean chance?"),
        ("run --subjects chance --conditions mnist-test+contrst@3", "Did you mean contrast?"),
        ("run --subjects chance --conditions mnist-test+contrast@6", "severities 1 to 5, got 6"),
        ("run --subjects chance --conditions mnist-test+contrast", "write mnist-test+contrast@3"),
        ("run --subjects chance --conditions mnist-test+", "write mnist-test+contrast@3"),
        ("run --subjects chance --conditions +contrast@3", "write mnist-test+contrast@3"),
        ("run --subjects chance --conditions mnist-test+contrast@1+rotation@1", "two changes"),
        ("run --subjects chance --conditions mnist-test+pgd-linf@8", "did you mean 8/255"),
        ("run --subjects chance --conditions fodler:photos", "Did you mean folder?"),
        ("run --subjects chance --conditions folder:photos?sise=3", "Did you mean size?"),
        (
            "run --subjects chance --conditions folder:photos?size=28x",
            "write size=28 or size=28x32",
        ),
        ("run --subjects chance --conditions mnist-test --seed -1", "from 0 to 2**63 - 1"),
        ("run --subjects chance --conditions mnist-test --jobs -1", "jobs is a whole number >= 0"),
        (
            "run --subjects chance --conditions mnist-test --batch -1",
            "batch is a whole number >= 0",
        ),
        (
            "run --subjects chance --conditions mnist-test --decoders -1",
            "decoders is a whole number",
        ),
        ("run --subjects chance --conditions mnist-test --memory -1", "memory is a number of GiB"),
        ("run --subjects chance --conditions mnist-test --memory nan", "memory is a number of GiB"),
        ("run --subjects chance --conditions mnist-test --device gpu", "write auto, cpu, cuda"),
        ("run --subjects chance --conditions mnist-test --device xpu:9", "no device xpu:9 here"),
        ("run --subjects chance --conditions mnist-test --autocast int8", "bfloat16 or float16"),
        (
            "run --subjects chance --conditions mnist-test --engine spark",
            "local or ray, not 'spark'",
        ),
        ("list runs nowhere", "there is no store at nowhere"),
        ("list studies SMALL", "only runs are of a store"),
        ("run --subjects chance,chance --conditions mnist-test", "names must differ"),
        ("study headlin SMALL", "Did you mean headline?"),
        ("study headline SMALL --on uci-digits", "no option of headline called 'on'"),
        ("study compare SMALL --first rigde --second chance --condition mnist-test", "ridge?"),
        ("show mnist-tset", "Did you mean mnist-test?"),
        ("doctor mnist-tset", "Did you mean mnist-test?"),
        ("doctor folder:nowhere", "nowhere does not exist"),
        ("list studie", "Did you mean studies?"),
    ],
)
def test_a_mistyped_name_offers_the_nearest(fieldmark, place, small_store, words, message):
    ended = fieldmark(*words.replace("SMALL", str(small_store)).split())
    one_line(ended, message)
    assert not (place / "fieldmark-store/cells").exists()


STRANGE = [
    "my net",
    "it's",
    'a"b',
    "<script>x</script>",
    "../x",
    "ünï 漢字",
    "a+b",
    "a@3",
    "x" * 300,
]


def test_strange_names_of_subjects_stay_inside_the_store(fieldmark, place):
    quoted = [json.dumps(name) for name in STRANGE]
    models = "\n".join(f'{name} = "python:hostile_models:fine"' for name in quoted)
    (place / "grid.toml").write_text(
        f'subjects = [{", ".join(quoted)}]\nconditions = ["folder:photos"]\nstore = "a b+c/kept"\n'
        f"[models]\n{models}\n"
    )
    assert fieldmark("run", "grid.toml").status == 0
    assert {cell.subject for cell in open_store(place / "a b+c/kept").cells()} == set(STRANGE)
    out = json.loads(fieldmark("table", "a b+c/kept", "--json").out)
    assert len(out["rows"]) == len(STRANGE)
    assert fieldmark("report", "a b+c/kept", "-o", "a b+c/r.html").status == 0
    assert "<script>x" not in (place / "a b+c/r.html").read_text()
    assert {file.name for file in place.iterdir() if file.suffix == ".parquet"} == set()


@pytest.mark.parametrize("name", ["two\nlines", " ", "end ", "bell\a"])
def test_names_that_cannot_be_printed_are_refused(ask, place, fieldmark, name):
    (place / "grid.toml").write_text(
        f'subjects = [{json.dumps(name)}]\nconditions = ["folder:photos"]\n'
        f'[models]\n{json.dumps(name)} = "python:hostile_models:fine"\n'
    )
    one_line(fieldmark("run", "grid.toml"), "cannot name a subject")


@pytest.mark.parametrize("name", ["two words", "../x", "<b>", "a+b", "ü"])
def test_names_of_data_sets_are_plain(fieldmark, place, name):
    (place / "grid.toml").write_text(
        f'subjects = ["chance"]\nconditions = ["{name}"]\n[datasets]\n"{name}" = "folder:photos"\n'
    )
    one_line(fieldmark("run", "grid.toml"), repr(name))


# Grid files


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("x = [", "is no TOML"),
        ("sed = 3", "unknown key sed. Did you mean seed?"),
        ("[run]\njobs = 'all'", "run.jobs: write a whole number"),
        ("[run]\nmemory = 'all'", "run.memory: write a number"),
        ("[run]\nfold = 'yes'", "run.fold: write true or false"),
        ("[run]\nengine = 'spark'", "run.engine: "),
        ("[run]\ndevice = 'gpu'", "write auto, cpu, cuda"),
        ("store = 3", "store: write text in quotes"),
        ("seed = 18446744073709551616", "from 0 to 2**63 - 1"),
        ("[datasets]\nown = { sorce = 'folder:photos' }", "Did you mean source?"),
        ("[datasets]\nown = { source = 'folder:photos', size = '28' }", "or two such as [28, 32]"),
        ("[datasets]\nown = { source = 'folder:nowhere' }", "nowhere does not exist"),
        ("[datasets]\nown = { source = 'folder:photos', reference = 'mnist-tset' }",
         "Did you mean mnist-test?"),
    ],
)  # fmt: skip
def test_mistakes_in_a_grid_file(fieldmark, place, more, message):
    own = "own" if "own" in more else "mnist-test"
    (place / "grid.toml").write_text(f'subjects = ["chance"]\nconditions = ["{own}"]\n{more}\n')
    one_line(fieldmark("run", "grid.toml"), message)
    assert not (place / "fieldmark-store/cells").exists()


def test_paths_in_a_grid_file_start_from_its_own_folder(fieldmark, place, tmp_path, monkeypatch):
    work = place / "her work"
    work.mkdir()
    (place / "hostile_models.py").rename(work / "hostile_models.py")
    (place / "photos").rename(work / "photos")
    (work / "grid.toml").write_text(
        'subjects = ["python:hostile_models:fine"]\nconditions = ["own+contrast@2"]\n'
        'store = "kept"\n[datasets]\nown = "folder:photos"\n'
    )
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    ended = fieldmark("run", "../her work/grid.toml")
    assert (ended.status, ended.err) == (0, "")
    assert f"fieldmark report '{work}/kept'" in ended.out
    assert len(open_store(work / "kept").cells()) == 1
    assert list(elsewhere.iterdir()) == []
