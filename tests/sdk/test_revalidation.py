"""Policies are judged again when tools change, or are not (service.md section 18, `compat.revalidate-on-tool-change`)."""

import pytest

from conftest import (
    ACCOUNT, REGION, Backend, gone, make_engine, make_gateway, make_policy, make_target, settled, until, wait,
)  # fmt: skip

ALWAYS = ("--switch", "compat.revalidate-on-tool-change=always")
TOOL = "Orders___refund"
GONE = f'unrecognized action `AgentCore::Action::"{TOOL}"`'
OTHER_TYPE = "unexpected type: expected Long but saw decimal"
MANY = 150


def tools(amount):
    """A configuration of one tool that takes an amount of this type; of another tool when it is none."""
    schema = {"type": "object", "properties": {"amount": {"type": amount or "string"}}, "required": ["amount"]}
    tool = {"name": "refund" if amount else "view", "description": "Pays money back", "inputSchema": schema}
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
    return {"mcp": {"lambda": {"lambdaArn": function, "toolSchema": {"inlinePayload": [tool]}}}}


class Shop:
    """A gateway with a tool, and an engine with policies about it."""

    def __init__(self, client, policies=1):
        gateway = make_gateway(client)
        target = make_target(client, gateway, name="Orders", targetConfiguration=tools("integer"))
        self.target = {"gatewayIdentifier": gateway, "targetId": target}
        arn = client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]
        statement = (
            f'permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"{TOOL}", '
            f'resource == AgentCore::Gateway::"{arn}") when {{ context.input.amount < 5 }};'
        )
        self.engine = make_engine(client)
        for _ in range(policies):
            make_policy(client, self.engine, statement)
        until(lambda: self.statuses(client) == {"ACTIVE"})

    def policies(self, client):
        pages = client.get_paginator("list_policies").paginate(policyEngineId=self.engine, PaginationConfig={"PageSize": 100})
        return [policy for page in pages for policy in page["policies"]]

    def statuses(self, client):
        return {policy["status"] for policy in self.policies(client)}

    def change(self, client, amount):
        return client.update_gateway_target(**self.target, name="Orders", targetConfiguration=tools(amount))

    def changed(self, client, amount):
        self.change(client, amount)
        assert self.ready(client)

    def ready(self, client):
        return settled(client.get_gateway_target, **self.target)["status"] == "READY"

    def failed(self, client, reason):
        """All policies failed for this reason."""
        for policy in self.policies(client):
            assert policy["status"] == "UPDATE_FAILED", policy
            [told] = policy["statusReasons"]
            assert reason in told
        return True


@pytest.fixture(scope="module")
def judging(backends):
    return backends(*ALWAYS)


def test_by_default_a_policy_stays_active_and_stops_matching(client):
    shop = Shop(client)
    [before] = shop.policies(client)
    shop.changed(client, "number")
    client.delete_gateway_target(**shop.target)
    gone(client, client.get_gateway_target, **shop.target)
    assert shop.policies(client) == [before]


def test_a_policy_is_judged_by_the_tools_of_a_target_that_settled(judging):
    client = judging.client()
    shop = Shop(client)
    [before] = shop.policies(client)
    shop.changed(client, "number")
    shop.failed(client, OTHER_TYPE)
    [failed] = shop.policies(client)
    assert failed["updatedAt"] > before["updatedAt"] and failed["definition"] == before["definition"]
    shop.changed(client, None)
    shop.failed(client, GONE)
    shop.changed(client, "integer")
    assert shop.statuses(client) == {"ACTIVE"}
    # A change that is none writes nothing.
    again = shop.policies(client)
    shop.changed(client, "integer")
    assert shop.policies(client) == again
    client.delete_gateway_target(**shop.target)
    gone(client, client.get_gateway_target, **shop.target)
    shop.failed(client, GONE)
    # It is repaired as after an update that failed, and can be deleted.
    make_target(client, shop.target["gatewayIdentifier"], name="Orders", targetConfiguration=tools("integer"))
    assert shop.statuses(client) == {"ACTIVE"}
    ids = {"policyEngineId": shop.engine, "policyId": again[0]["policyId"]}
    client.delete_policy(**ids)
    wait(client, "policy_deleted", **ids)


def test_an_engine_that_is_attached_is_judged_by_the_tools_it_gets(judging):
    client = judging.client()
    shop = Shop(client)
    elsewhere = client.get_gateway(gatewayIdentifier=make_gateway(client))["gatewayArn"]
    statement = (
        f'permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"{TOOL}", '
        f'resource == AgentCore::Gateway::"{elsewhere}") when {{ context.input.amount < 5 }};'
    )
    ids = {"gatewayIdentifier": shop.target["gatewayIdentifier"]}
    kept = ("name", "roleArn", "authorizerType", "protocolType")
    settings = {name: value for name, value in client.get_gateway(**ids).items() if name in kept}
    engine = make_engine(client)
    arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]

    def attach(**attachment):
        client.update_gateway(**ids, **settings, **attachment)
        assert settled(client.get_gateway, **ids)["status"] == "READY"

    attach(policyEngineConfiguration={"arn": arn, "mode": "ENFORCE"})
    policy = {"policyEngineId": engine, "policyId": make_policy(client, engine, statement)}
    wait(client, "policy_active", **policy)
    attach()
    seen = client.get_policy(**policy)
    assert seen["status"] == "UPDATE_FAILED" and GONE in seen["statusReasons"][0]
    attach(policyEngineConfiguration={"arn": arn, "mode": "LOG_ONLY"})
    assert client.get_policy(**policy)["status"] == "ACTIVE"


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_change_that_was_answered_is_judged_after_kill_9(backends, change):
    backend = backends(*ALWAYS, "--transition-delay", "300ms")
    client = backend.client()
    shop = Shop(client)
    if change == "update":
        shop.change(client, "number")
    else:
        client.delete_gateway_target(**shop.target)
    backend.kill()
    backend.start()
    client = backend.client()
    if change == "update":
        assert shop.ready(client)
        shop.failed(client, OTHER_TYPE)
    else:
        gone(client, client.get_gateway_target, **shop.target)
        shop.failed(client, GONE)


def test_judging_that_was_begun_is_ended_after_kill_9(backends):
    backend = backends(*ALWAYS)
    client = backend.client()
    shop = Shop(client, MANY)
    shop.change(client, "number")
    until(lambda: "UPDATE_FAILED" in shop.statuses(client))
    backend.kill()
    backend.start()
    client = backend.client()
    assert shop.ready(client)
    assert len(shop.policies(client)) == MANY
    shop.failed(client, OTHER_TYPE)


def test_two_processes_on_one_database_judge_for_each_other(backends, store, report):
    one = backends(*ALWAYS)
    # A data directory is of one process: with SQLite it is both.
    shared = bool(store.settings(one.data_dir))
    other = Backend(one.data_dir, store, report.recorder, *ALWAYS) if shared else one
    try:
        clients = one.client(), other.client()
        shop = Shop(clients[0], 20)
        for turn, (amount, reason) in enumerate([("number", OTHER_TYPE), (None, GONE)] * 2):
            shop.changed(clients[turn % 2], amount)
            shop.failed(clients[1 - turn % 2], reason)
        shop.changed(clients[1], "integer")
        assert shop.statuses(clients[0]) == {"ACTIVE"}
        # The process that begins a change is killed; the one that is left, or comes, ends it.
        shop.change(clients[1], "number")
        other.kill()
        if not shared:
            one.start()
        client = one.client()
        assert shop.ready(client)
        shop.failed(client, OTHER_TYPE)
    finally:
        if other is not one and other.process.poll() is None:
            other.stop()
