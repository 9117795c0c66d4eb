import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def width(path) -> int:
    with Image.open(path) as picture:
        return picture.size[0]


def test_list_says_what_there_is(fieldmark):
    listed = json.loads(fieldmark("list", "--json").out)
    assert {"kind": "shifts", "name": "contrast"}.items() <= next(
        one for one in listed if one["name"] == "contrast"
    ).items()
    assert {one["kind"] for one in json.loads(fieldmark("list", "subjects", "--json").out)} == {
        "subjects"
    }


def test_init_writes_a_grid_once(fieldmark, tmp_path):
    path = tmp_path / "grid.toml"
    assert fieldmark("init", str(path)).status == 0
    path.write_text("mine")
    ended = fieldmark("init", str(path))
    assert (ended.status, path.read_text()) == (2, "mine")
    assert "is there already, and is left as it is" in ended.err


def test_run_table_study_report_and_sql_on_one_store(fieldmark, tmp_path, small_store):
    store = str(small_store)
    again = fieldmark(
        "run",
        "--subjects",
        "ridge,chance",
        "--conditions",
        "mnist-test",
        "--store",
        store,
        "--json",
    )
    assert json.loads(again.out)["kept"] == 2
    table = fieldmark("table", store)
    assert "ridge" in table.out
    long = json.loads(fieldmark("table", store, "--long", "--json").out)
    assert len(long["rows"]) == 24
    study = fieldmark("study", "effective-robustness", store, "--on", "uci-digits", "--json")
    assert json.loads(study.out)["study"] == "effective-robustness"
    figure = tmp_path / "figure.png"
    assert fieldmark("study", "robustness-curves", store, "--figure", str(figure)).status == 0
    assert width(figure) > 300
    out = tmp_path / "report.html"
    assert json.loads(fieldmark("report", store, "-o", str(out), "--json").out) == {
        "path": str(out)
    }
    assert "<html" in out.read_text()
    rows = fieldmark(
        "sql", "select status, count(*) n from cells group by 1 order by 1", store, "--json"
    )
    assert json.loads(rows.out) == [
        {"status": "done", "n": 22},
        {"status": "not applicable", "n": 2},
    ]


def test_names_with_commas_between_may_hold_one(fieldmark):
    words = ("--subjects", "ridge, chance", "--conditions", "mnist-test,idx:a.gz,b.gz+contrast@1,x")
    shown = json.loads(fieldmark("run", *words, "--show-config").out)
    assert shown["subjects"] == ["ridge", "chance"]
    assert shown["conditions"] == ["mnist-test", "idx:a.gz,b.gz+contrast@1", "x"]


def test_the_usual_store_of_a_folder_is_found(fieldmark, tmp_path, small_store, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "`fieldmark demo` makes one" in fieldmark("table").err
    (tmp_path / "fieldmark-store").symlink_to(small_store)
    assert fieldmark("table").status == 0


def test_show_writes_a_contact_sheet(fieldmark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = fieldmark("show", "mnist-test+gaussian-noise@3", "--count", "12", "--json")
    shown = json.loads(ended.out)
    assert shown["pictures"] == 12
    assert width(shown["path"]) > 300
    assert Path(shown["path"]).parent == Path()
    assert (
        "depends on who is attacked; name a subject" in fieldmark("show", "mnist-test+pgd-l2@1").err
    )


def test_show_sets_levels_frames_and_shifts_side_by_side(fieldmark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    levels = json.loads(fieldmark("show", "mnist-test+flip@*", "--count", "2", "--json").out)
    assert (levels["pictures"], levels["path"]) == (2 * 4, "mnist-test+flip@all.png")
    frames = json.loads(fieldmark("show", "mnist-test+snow-sequence@1", "--json").out)
    assert frames["pictures"] == 4 * 9
    everything = json.loads(fieldmark("show", "mnist-test", "--shifts", "--json").out)
    assert everything["pictures"] > 50
    assert width(everything["path"]) > 1000


def test_corrupt_writes_files_and_goes_on(fieldmark, tmp_path):
    pets = tmp_path / "pets"
    for name in ("cat", "dog"):
        (pets / name).mkdir(parents=True)
        Image.new("RGB", (24, 20), "red").save(pets / name / "1.png")
    words = ("corrupt", f"folder:{pets}+flip@*,folder:{pets}+contrast@2", "-o", str(tmp_path))
    wrote = fieldmark(*words)
    assert wrote.out.splitlines()[-1] == str(tmp_path / "contrast" / "2")
    assert (tmp_path / "flip" / "both" / "dog" / "1.png").is_file()
    again = json.loads(fieldmark(*words, "--json").out)
    assert len(again["folders"]) == 4
    assert "made otherwise (fingerprint, seed)" in fieldmark(*words, "--seed", "1").err


def test_doctor_examines_installation_data_and_store(fieldmark, tmp_path, small_store):
    assert "torch" in fieldmark("doctor").out
    assert fieldmark("doctor", str(small_store)).status == 0
    folder = tmp_path / "images"
    for name in ("0", "1"):
        (folder / name).mkdir(parents=True)
        Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28)).save(
            folder / name / "a.png"
        )
    assert fieldmark("doctor", f"folder:{folder}").status == 0
    whole = (folder / "1" / "a.png").read_bytes()
    (folder / "1" / "a.png").write_bytes(whole[:60])
    ended = fieldmark("doctor", f"folder:{folder}")
    assert ended.status == 2
    assert "1/a.png" in ended.out + ended.err


def test_broken_pictures_are_named_by_the_doctor_and_before_a_run(fieldmark, tmp_path):
    photos = tmp_path / "photos"
    for row in range(12):
        (photos / str(row % 2)).mkdir(parents=True, exist_ok=True)
        Image.new("L", (28, 28), 20 * row).save(photos / str(row % 2) / f"{row:02d}.png")
    for row in range(7):
        (photos / str(row % 2) / f"{row:02d}.png").write_bytes(b"")
    ended = fieldmark("doctor", f"folder:{photos}")
    assert ended.status == 2
    assert ended.out.count("is empty; replace it or remove it") == 7
    assert "5 of 12 decode" in ended.out
    grid = tmp_path / "grid.toml"
    grid.write_text(
        f'subjects = ["chance"]\nconditions = ["photos"]\nstore = "{tmp_path}/store"\n'
        f'[datasets]\nphotos = {{ source = "folder:{photos}", broken = "missing" }}\n'
    )
    ended = fieldmark("run", str(grid))
    assert ended.status == 0
    assert "photos: 7 broken pictures will count as missing" in ended.err
    assert ended.err.count("is empty; replace it or remove it") == 5
    assert "and 2 more; `fieldmark doctor` lists all of a data set" in ended.err
    assert "n = 5 (7 missing)" in fieldmark("table", str(tmp_path / "store")).out
    words = ("run", "--subjects", "chance", "--store", str(tmp_path / "other"), "--conditions")
    ended = fieldmark(*words, f"folder:{photos}")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "With broken=missing such pictures count as missing" in ended.err
    assert "idx files hold no encoded" in fieldmark(*words, "idx:x,y?broken=missing").err


def test_show_config_prints_what_would_be_run(fieldmark, tmp_path):
    path = tmp_path / "grid.toml"
    fieldmark("init", str(path))
    shown = json.loads(fieldmark("run", str(path), "--seed", "7", "--show-config").out)
    assert shown["seed"] == 7
    assert not (tmp_path / "fieldmark-store").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run",), "nothing to run: name a grid file"),
        (("run", "nowhere.toml"), "cannot read nowhere.toml"),
        (("run", "--subjects", "cnn-smal", "--conditions", "mnist-test"), "Did you mean cnn-sm"),
        (("run", "--subjects", "ridge", "--conditions", "mnist-tst"), "Did you mean mnist-test?"),
        (("table", "nowhere"), "nowhere"),
        (("study", "acuracy-grid", "SMALL"), "Did you mean accuracy-grid?"),
        (("study", "compare", "SMALL"), "compare needs --first and --second"),
        (("study", "effective-robustness", "SMALL", "--on", "uci-digit"), "Did you mean uci-d"),
        (("sql", "selct 1", "SMALL"), "selct"),
        (("sql", "select * from read_csv('/etc/passwd')", "SMALL"), "fieldmark: "),
        (("list", "subject"), "Did you mean subjects?"),
        (("report", "SMALL", "--format", "pdf"), "pdf"),
        (("show", "mnist-test+contrast@1", "--shifts"), "is changed already; name a data set"),
        (("corrupt", "mnist-test", "-o", "x"), "mnist-test is not changed; name a shift"),
        (("corrupt", "mnist-test+pgd-l2@1", "-o", "x"), "is an attack, which depends on"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_status_2(
    fieldmark, small_store, tmp_path, monkeypatch, words, message
):
    monkeypatch.chdir(tmp_path)
    ended = fieldmark(*(str(small_store) if word == "SMALL" else word for word in words))
    assert ended.status == 2
    assert message in ended.err
    assert ended.err.startswith("fieldmark: ")
    assert ended.err.count("\n") == 1


def test_a_mistyped_command_offers_the_nearest(fieldmark):
    ended = fieldmark("reprot")
    assert ended.status == 2
    assert "report" in ended.err


def test_every_command_takes_json_and_has_help(fieldmark):
    listed = fieldmark("--help").out
    for command in (
        "demo",
        "init",
        "list",
        "doctor",
        "run",
        "show",
        "corrupt",
        "table",
        "study",
        "report",
        "sql",
    ):
        assert f"  {command}" in listed
        assert "--json" in fieldmark(command, "--help").out


def test_a_run_prints_paces_and_leaves_a_manifest(fieldmark, tmp_path):
    store = str(tmp_path / "store")
    asked = ("run", "--subjects", "chance", "--conditions", "uci-digits", "--store", store)
    printed = fieldmark(*asked).out
    assert "1 cell answered" in printed
    assert "subject  cells  images" in printed
    assert printed.splitlines()[3].split()[:3] == ["chance", "1", "1797"]
    assert json.loads(fieldmark(*asked, "--json").out)["paces"] == []
    (run,) = json.loads(fieldmark("list", "runs", store, "--json").out)
    assert (run["state"], run["done"], run["failed"], run["not shown"]) == ("ended", 1, 0, "")
    assert run["run"] in fieldmark("doctor", store).out


def test_where_and_how_to_run_may_be_said_on_the_command_line(fieldmark, tmp_path):
    said = fieldmark(
        "run", "--subjects", "chance", "--conditions", "uci-digits", "--device", "auto", "--fold",
        "--decoders", "3", "--memory", "1.5", "--show-config",
    )  # fmt: skip
    config = json.loads(said.out)
    assert (config["device"], config["fold"], config["channels_last"]) == ("auto", True, False)
    assert (config["decoders"], config["memory"], config["autocast"]) == (3, 1.5, "")
