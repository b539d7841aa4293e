"""STS says who is calling, so that a client can tell that its endpoint is what it expects."""

from conftest import ACCOUNT


def test_get_caller_identity(backend):
    identity = backend.client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert identity["Arn"].startswith(f"arn:aws:iam::{ACCOUNT}:")
    assert identity["UserId"]
