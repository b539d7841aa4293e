"""Records that cannot be read: the gateways that they concern are closed, loudly, and no others."""

import contextlib
import pathlib
import sqlite3

import pytest

from calling import Refunds
from conftest import until
from stores import Sqlite

UNDECIDED = {"code": -32603, "message": "InternalServerException - Policy evaluation failed; the call was not made"}
SECRET = "canary-4711"


@pytest.fixture(autouse=True)
def a_file(store):
    if not isinstance(store, Sqlite):
        pytest.skip("the same records, in a file that a test can open")


def governed(backend):
    refunds = Refunds(backend)
    refunds.ids = refunds.policy(refunds.attach(), "context.input.amount < 1000")
    return refunds


@contextlib.contextmanager
def damaged(backend, id, body):
    """With another body of a record, written by hand under the running backend."""
    with contextlib.closing(sqlite3.connect(pathlib.Path(backend.data_dir) / "backend.sqlite")) as database:
        write = lambda body: database.execute("UPDATE records SET body = ? WHERE id = ?", (body, id)).rowcount
        (before,) = database.execute("SELECT body FROM records WHERE id = ?", (id,)).fetchone()
        with database:
            assert write(body(before)) == 1
        yield
        with database:
            write(before)


def again(backend, *all_refunds):
    """Another process over the same records."""
    backend.kill()
    backend.start()
    for refunds in all_refunds:
        host = backend.gateways.split("://")[1]
        refunds.url = f"http://{host}/{refunds.gateway}/mcp"
        refunds.client = backend.client()


def test_a_policy_that_cannot_be_read_denies_at_the_gateways_of_its_engine(backends, function):
    backend = backends(*function.flags)
    concerned, other = governed(backend), governed(backend)
    for body in (lambda _: f'{{"in_force": "{SECRET}"}}', lambda body: body.replace("permit(", "permitt(")):
        with damaged(backend, concerned.ids["policyId"], body):
            again(backend, concerned, other)
            before = len(function.calls())
            answer = concerned.refund(1)
            assert (answer.status, answer.error) == (200, UNDECIDED)
            assert concerned.rpc("tools/list").error["message"].startswith("InternalServerException")
            assert len(function.calls()) == before
            # The others go on, and what changes there is in force for the next call.
            assert other.refund(1).result["isError"] is False
            forbid = other.policy(other.ids["policyEngineId"], effect="forbid")
            assert other.refund(1).result["isError"] is True
            other.client.delete_policy(**forbid)
            until(lambda: other.refund(1).result["isError"] is False)
        log = pathlib.Path(f"{backend.data_dir}.log").read_text()
        assert "nothing is allowed at this gateway" in log and concerned.gateway in log
        assert SECRET not in log
        again(backend, concerned, other)
        assert concerned.refund(1).result["isError"] is False


@pytest.mark.parametrize("kind", ["gateway", "target"])
def test_a_gateway_or_a_target_that_cannot_be_read_closes_that_gateway(backends, function, kind):
    backend = backends(*function.flags)
    concerned, other = governed(backend), governed(backend)
    (target,) = concerned.client.list_gateway_targets(gatewayIdentifier=concerned.gateway)["items"]
    with damaged(backend, {"gateway": concerned.gateway, "target": target["targetId"]}[kind], lambda _: SECRET):
        again(backend, concerned, other)
        answer = concerned.refund(1)
        assert answer.status == 500
        assert answer.json() == {
            "message": "InternalServerException - No call is made: the record of this gateway or of one of its targets "
            "cannot be read; the log of the backend says more"
        }
        assert other.refund(1).result["isError"] is False
        assert SECRET not in pathlib.Path(f"{backend.data_dir}.log").read_text()
    again(backend, concerned, other)
    assert concerned.refund(1).result["isError"] is False
