"""Gateways, each with a tool, an engine and a policy: part of the benchmark of the operator, and what that of gateways changes."""

import json
import statistics
import time

import bench_probe
import playground

GROUP = "agentcore.dev/v1alpha1"
GATEWAYS = 20
KINDS = ("gateways", "gatewaytargets", "policyengineattachments", "policyengines", "policies")


def manifest(kind, name, spec):
    return {"apiVersion": GROUP, "kind": kind, "metadata": {"name": name}, "spec": spec}


def policy(name, effect="permit"):
    """All calls of the tool are allowed, or none is."""
    statement = f'{effect}(principal, action == AgentCore::Action::"Function___echo", resource == AgentCore::Gateway::"{name}");'
    return manifest("Policy", name, {
        "policyEngineRef": {"name": name}, "validationMode": "IGNORE_ALL_FINDINGS", "definition": {"cedar": {"statement": statement}},
    })


def governed(name, effect="permit"):
    """A gateway, its tool, and what governs it."""
    tool = {"name": "echo", "description": "Gives back", "inputSchema": {"type": "object", "properties": {"amount": {"type": "integer"}}}}
    function = {"lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:echo", "toolSchema": {"inlinePayload": [tool]}}
    both = {"gatewayRef": {"name": name}, "policyEngineRef": {"name": name}}
    return [
        manifest("Gateway", name, {"roleArn": "arn:aws:iam::123456789012:role/bench", "authorizerType": "NONE"}),
        manifest("GatewayTarget", name, {
            "name": "Function", "gatewayRef": {"name": name}, "targetConfiguration": {"mcp": {"lambda": function}},
            "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
        }),
        manifest("PolicyEngine", name, {}),
        manifest("PolicyEngineAttachment", name, both | {"mode": "ENFORCE"}),
        policy(name, effect),
    ]


def run(bench, place):
    """All of them applied together, and deleted together."""
    names = [f"shop-{number:02}" for number in range(GATEWAYS)]
    watches = {kind: bench_probe.ReadyTimes(place, kind) for kind in KINDS}
    log = bench_probe.Audit(place)
    before, calls = log.writes(), bench_probe.calls(place.metrics)
    time.sleep(1)
    began = time.monotonic()
    manifests = "\n".join(json.dumps(one) for name in names for one in governed(name))
    place.kubectl("apply", "-f", "-", stdin=manifests)
    all_ready = lambda: all(name in watch.ready for watch in watches.values() for name in names)
    playground.wait_until("all gateways and what belongs to them to be Ready", 120, all_ready)
    last = max(watch.ready[name] for watch in watches.values() for name in names) - began
    what = f"{GATEWAYS} gateways, each with a target, an engine, an attachment and a policy"
    bench.row(f"{what}, applied together: the last of them Ready after", f"{last:.2f} s")
    time.sleep(3)
    counts = log.writes() - before
    for kind, watch in watches.items():
        took = sorted(watch.ready[name] - watch.seen[name] for name in names)
        writes = [counts[(kind, name)] for name in names]
        mean, most = statistics.mean(writes), max(writes)
        bench.row(f"of these {kind}: from created to Ready, p50 and last", f"{statistics.median(took):.2f} s, {took[-1]:.2f} s")
        bench.row(f"of these {kind}: writes until Ready, mean and most", f"{mean:.2f} and {most}")
        watch.stop()
    made = bench_probe.calls(place.metrics) - calls
    bench.row("backend calls for all of these", ", ".join(f"{operation} {count}" for operation, count in sorted(made.items())))
    began = time.monotonic()
    everything = ",".join(f"{kind}.agentcore.dev" for kind in KINDS)
    for name in names:
        place.kubectl("delete", "--wait=false", *[f"{kind}.agentcore.dev/{name}" for kind in KINDS])
    left = lambda: set(place.kubectl("get", everything, "-o", "name").split("\n"))
    gone = lambda: not any(one.endswith(f"/{name}") for one in left() for name in names)
    playground.wait_until("all of them to be gone", 120, gone)
    bench.row("all of these deleted: the last of them gone after", f"{time.monotonic() - began:.1f} s")
