"""A Ray cluster of several nodes on this machine: nodes, workers and runs are killed."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.records import ClusterError, MissingExtraError
from fieldmark.store import open_store
from fieldmark.testbed import Options
from fieldmark.testbed.engines.joining import joined
from tests import buckets
from tests.testbed.test_killing import content

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tests.testbed.on_a_cluster"]
NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}

slow = pytest.mark.slow
one_cluster = pytest.mark.xdist_group("ray")
on_ray = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning")


def started():
    """A cluster of three nodes; a busy machine takes too long to start one now and then."""
    from ray.cluster_utils import Cluster

    for attempt in range(3):
        cluster = Cluster()
        try:
            cluster.add_node(**NODE, include_dashboard=False)
            for _ in range(2):
                cluster.add_node(**NODE)
        except Exception:
            cluster.shutdown()
            if attempt == 2:
                raise
        else:
            return cluster
    return None


@pytest.fixture(scope="module")
def server():
    with buckets.server() as opened:
        yield opened


@pytest.fixture(scope="module")
def cluster(server):
    """Its nodes inherit the keys and the address of the S3 server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("RAY_health_check_failure_threshold", "2")
        patch.setenv("RAY_health_check_period_ms", "1000")
        patch.setenv("RAY_worker_niceness", "0")  # or a busy machine never gets to them
        patch.setenv("OMP_NUM_THREADS", "1")
        opened = started()
        yield opened
        opened.shutdown()


def begun(store, engine, address="", grid="small", **named):
    return subprocess.Popen(
        [*PROGRAM, str(store), engine, address, grid],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **named,
    )


def ended(run, code=0):
    out, err = run.communicate(timeout=240)
    assert run.returncode == code, (out, err)
    return json.loads(out.splitlines()[-1]) if code == 0 else err


def until(run, lines):
    """Wait until a run has said so many times that a part is done."""
    seen = 0
    while seen < lines:
        line = run.stdout.readline()
        assert line, run.stderr.read()
        seen += line.startswith("cells")


def bytes_of(store):
    """What a store in a bucket keeps, as ``content`` has it of one on a disk."""
    import io

    import pyarrow.parquet as pq

    folder, found = store._folder, {}
    folder.fs.invalidate_cache()
    for path in folder.fs.find(folder.root):
        name = path[len(folder.root) + 1 :]
        if name.startswith(("index/", "runs/", ".")):
            continue
        raw = folder.read(name)
        if name.startswith("cells/"):
            times = pq.read_metadata(io.BytesIO(raw)).metadata[b"fieldmark.times"]
            raw = raw.replace(times, b"-" * len(times))
        found[name] = raw
    return found


@slow
@on_ray
@one_cluster
@pytest.mark.parametrize("grid", ["small", "proof"])
def test_the_same_bytes_as_on_one_machine(cluster, tmp_path, grid):
    here, there = (begun(tmp_path / name, name, cluster.address, grid) for name in ("local", "ray"))
    one, other = ended(here), ended(there)
    assert content(tmp_path / "ray") == content(tmp_path / "local")
    for told in (one, other):
        for timed in (told, *told["paces"]):
            del timed["seconds"]
    assert one == other
    if grid == "small":
        assert other["failed"]["raising × bars"] == "raising raised ZeroDivisionError: no"


@slow
@on_ray
@one_cluster
def test_a_node_is_killed_in_the_middle(cluster, tmp_path):
    ended(begun(tmp_path / "local", "local", grid="slow"))
    run = begun(tmp_path / "ray", "ray", cluster.address, "slow")
    until(run, 2)
    node = cluster.list_all_nodes()[-1]
    cluster.remove_node(node, allow_graceful=False)
    try:
        assert ended(run)["done"] == 4
    finally:
        cluster.add_node(**NODE)
    assert content(tmp_path / "ray") == content(tmp_path / "local")


@slow
@on_ray
@one_cluster
def test_a_worker_that_dies_is_replaced(cluster, tmp_path):
    told = ended(begun(tmp_path / "s", "ray", cluster.address, "dies-once"))
    assert (told["done"], told["failed"]) == (4, {})
    assert (tmp_path / "s-died").exists()


@slow
@on_ray
@one_cluster
def test_a_model_that_kills_every_worker_is_a_record(cluster, tmp_path):
    told = ended(begun(tmp_path / "s", "ray", cluster.address, "dies"))
    assert told["done"] == 2
    assert set(told["failed"]) == {"deadly × few", "deadly × bars"}
    lost = "time and again whoever asked it was lost: its worker process was killed, or crashed"
    assert told["failed"]["deadly × few"] == lost


@slow
@on_ray
@one_cluster
def test_ctrl_c_ends_in_good_order_and_the_same_call_goes_on(cluster, tmp_path):
    ended(begun(tmp_path / "local", "local", grid="slow"))
    run = begun(tmp_path / "ray", "ray", cluster.address, "slow")
    until(run, 2)
    run.send_signal(signal.SIGINT)
    ended(run, 130)
    parts = [path for path in (tmp_path / "ray" / "parts").rglob("*.parquet")]
    assert len(parts) >= 2
    again = begun(tmp_path / "ray", "ray", cluster.address, "slow")
    assert ended(again)["done"] == 4
    assert content(tmp_path / "ray") == content(tmp_path / "local")


@slow
@on_ray
@one_cluster
def test_a_run_into_a_bucket_is_killed_and_goes_on(cluster, server, tmp_path):
    url = f"{server.bucket()}/store"
    ended(begun(tmp_path / "local", "local", grid="slow"))
    run = begun(url, "ray", cluster.address, "slow")
    until(run, 3)
    run.kill()
    run.communicate()
    error = ended(begun(url, "ray", cluster.address, "slow"), 2)
    assert f"held by another run (process {run.pid} on" in error
    store = open_store(url)
    store._folder.fs.rm(f"{store._folder.root}/.lock")  # what the message says
    assert ended(begun(url, "ray", cluster.address, "slow"))["done"] == 4
    assert bytes_of(open_store(url)) == content(tmp_path / "local")


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9", "127.0.0.1:nine"])
def test_no_cluster_at_that_address(address):
    words = rf"there is no Ray cluster at {address}: .*`ray start --head`"
    with pytest.raises(ClusterError, match=words):
        joined(address, Options()).__enter__()


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'fieldmark\[cluster\]'"):
        joined("", Options()).__enter__()


def test_what_cannot_be_pickled_is_named():
    from threading import Lock

    from ray import cloudpickle

    from fieldmark.records import ConfigError
    from fieldmark.testbed.engines.ray import _sender
    from tests.testbed.bars import net_subject

    class Pickling:
        @staticmethod
        def put(thing):
            return cloudpickle.dumps(thing)

    lock = Lock()
    subject = net_subject()
    object.__setattr__(subject, "load", lambda: lock)
    with pytest.raises(ConfigError, match=r"net cannot be sent to a cluster: cannot pickle"):
        _sender(Pickling)(subject)


def test_what_an_errand_takes_of_a_node():
    from fieldmark.records import ConfigError, Placement
    from fieldmark.testbed.engines.ray import needed

    core, gpu = {"CPU": 8.0}, {"CPU": 8.0, "GPU": 2.0}
    assert needed(Options(), gpu) == {"CPU": 1.0}
    assert needed(Options(placement=Placement("cuda")), gpu) == {"CPU": 1.0, "GPU": 1.0}
    assert needed(Options(placement=Placement("auto")), core) == {"CPU": 1.0}
    assert needed(Options(placement=Placement("auto")), gpu) == {"CPU": 1.0, "GPU": 1.0}
    with pytest.raises(ClusterError, match="no node of the cluster has a GPU"):
        needed(Options(placement=Placement("cuda")), core)
    with pytest.raises(ConfigError, match="write cuda, not cuda:1"):
        needed(Options(placement=Placement("cuda:1")), gpu)
