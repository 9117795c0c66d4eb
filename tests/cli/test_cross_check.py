"""The command that holds a published table to itself."""

import json

TABLE = (
    "model,attack,norm,eps,reported,reattacked\n"
    "ours,fgsm,linf,8/255,55,\n"
    "ours,pgd-20,linf,8/255,61,42\n"
)


def test_a_table_is_held_to_itself(fieldmark, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    ended = fieldmark("cross-check", str(path), "--percent", "--n", "1000")
    assert ended.status == 0
    assert "61.0 % reported, 42.0 % left" in ended.out
    as_json = fieldmark("cross-check", str(path), "--percent", "--n", "1000", "--json")
    assert json.loads(as_json.out)["study"] == "cross-check"


def test_a_table_that_cannot_be_read_is_one_line(fieldmark, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    ended = fieldmark("cross-check", str(path))
    assert ended.status == 2
    assert "are they in percent" in ended.err or "give a column n" in ended.err
    missing = fieldmark("cross-check", str(tmp_path / "none.csv"))
    assert missing.status == 2
    assert "cannot be read" in missing.err
