"""The demo: AWS's quickstart as one `kubectl apply`, with real calls of the tool behind the gateway, and back to nothing. With
`--generation`: from a sentence to a policy that decides, with two applies.

Exit code 0 means that everything it shows came true.
"""

import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import threading
import time
import urllib.request

import playground
from playground import ROOT, Failure, Playground

FOLDER = ROOT / ".demo"
QUICKSTART = ROOT / "examples/quickstart"
WORDS = ROOT / "examples/generation"
MISTAKES = ROOT / "examples/mistakes"
TOOL = "RefundTarget___process_refund"
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
POLICIES = "policies.agentcore.dev"
KINDS = (
    "gateways.agentcore.dev", "gatewaytargets.agentcore.dev", "policyengines.agentcore.dev", POLICIES,
    "policyengineattachments.agentcore.dev",
)
GENERATIONS = "policygenerations.agentcore.dev"


class Story:
    """What the demo says, step by step."""

    def __init__(self):
        self.began = time.monotonic()
        self.step = 0
        self.lock = threading.Lock()

    def title(self, text):
        self.step += 1
        elapsed = time.monotonic() - self.began
        self.say(f"\n{BOLD}{self.step}. {text}{PLAIN} {DIM}({elapsed:.0f} s){PLAIN}")

    def say(self, text):
        with self.lock:
            print(text, flush=True)

    def line(self, text):
        self.say(f"   {text}")

    def command(self, text):
        self.say(f"   {DIM}$ {text}{PLAIN}")


class Watch:
    """`kubectl get -w` of one kind, printed as it happens, from the moment it is entered."""

    def __init__(self, place, story, kind):
        self.story = story
        self.label = kind.removesuffix(".agentcore.dev")
        self.began = threading.Event()
        self.process = subprocess.Popen(
            [place.kubectl_program, "get", kind, "--watch"], env=place.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        self.thread = threading.Thread(target=self.print_lines, daemon=True)
        self.thread.start()

    def print_lines(self):
        shown = {}
        for line in self.process.stdout:
            # A change that no column shows prints the same line again; the age alone is no news.
            name, *news = line.split()[:-1]
            if shown.get(name) != news and name != "NAME":
                self.story.line(f"{self.label:<24}{line.rstrip()}")
            shown[name] = news
            self.began.set()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()


QUICKSTART_OBJECTS = (
    "gateway.agentcore.dev/refunds", "gatewaytarget.agentcore.dev/refund-target", "policyengine.agentcore.dev/refunds",
    "policy.agentcore.dev/refund-limit", "policyengineattachment.agentcore.dev/refunds",
)


class Client:
    """An MCP client, as short as one can be, with a token that the local backend takes."""

    def __init__(self, place):
        self.url = place.kubectl("get", "gateways.agentcore.dev", "refunds", "-o", "jsonpath={.status.gatewayUrl}")
        data = str(place.folder / "backend")
        self.token = place.run("token", "--claim", "client_id=refund-agents", "--data-dir", data).strip()

    def call(self, method, params=None):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["result"]

    def refund(self, amount):
        return self.call("tools/call", {"name": TOOL, "arguments": {"amount": amount, "orderId": "o-1"}})


class Demo:
    """The steps. Each raises Failure if what it shows is not true."""

    def __init__(self, place, story):
        self.place = place
        self.story = story
        self.watches = []
        self.client = None

    def kubectl(self, *args):
        self.story.command(shlex.join(["kubectl", *args]).replace(str(ROOT) + "/", ""))
        text = self.place.kubectl(*args).rstrip()
        for line in text.splitlines():
            self.story.line(line)
        return text

    def watch(self, *kinds, wait=False):
        """Shows kinds as they change from now on; waits for the first lines if there are objects already."""
        self.story.command(f"kubectl get {','.join(kinds)} --watch    (each kind by a watch of its own)")
        self.story.line(f"{'':<24}NAME  STATUS  READY  REASON  AGE")
        self.watches = [Watch(self.place, self.story, kind) for kind in kinds]
        for watch in self.watches if wait else []:
            watch.began.wait(timeout=10)

    def unwatch(self):
        # What has come true is printed a moment later; the watch is given that moment.
        time.sleep(0.3)
        for watch in self.watches:
            watch.stop()
        self.watches = []

    def run(self):
        self.start()
        self.show_ready()
        self.show_calls()
        self.show_edit()
        self.show_log_only()
        self.show_mistake()
        self.show_recovery()
        self.show_parse_error()
        self.show_nothing_left()

    def run_words(self):
        self.start()
        self.show_words()
        self.show_assets()
        self.show_adoption()
        self.show_rerun()
        self.show_nothing_left(GENERATIONS)

    def start(self):
        self.story.title("A private Kubernetes API server, the CRDs and the operator with its local backend")
        version = self.place.start_cluster("--controllers=false")
        self.story.line(f"kube-apiserver {version} and etcd run on loopback; your own kube context is not touched")
        self.place.install_crds()
        self.story.line("the CRDs are installed")
        function = f"{shlex.quote(sys.executable)} {shlex.quote(str(QUICKSTART / 'refund.py'))}"
        self.place.start_operator("--lambda-endpoint", f"*=exec:{function}", "--decision-log", str(self.place.folder / "decisions.jsonl"))
        self.story.line(f"the operator is ready; it speaks the AWS protocol to {self.place.backend}")

    def show_ready(self):
        self.story.title("A gateway, its refund tool, an engine, a policy and their attachment, applied together")
        self.watch(*KINDS)
        began = time.monotonic()
        self.kubectl("apply", "-k", str(QUICKSTART))
        self.wait_ready(*QUICKSTART_OBJECTS)
        took = time.monotonic() - began
        self.unwatch()
        self.story.line(f"all five are Ready {took:.1f} s after `kubectl apply`")
        self.kubectl("get", "gateways.agentcore.dev", "refunds", "-o", "jsonpath={.status.gatewayUrl}")
        self.client = Client(self.place)

    def show_words(self):
        self.story.title("A gateway, its refund tool, an engine, its attachment, and a sentence: applied together")
        self.watch(*KINDS, GENERATIONS)
        self.kubectl("apply", "-k", str(WORDS))
        self.wait_ready("policyengineattachment/refunds", "policygeneration/refund-draft")
        self.unwatch()
        self.client = Client(self.place)
        self.story.line("nothing of what was written is in force by itself:")
        self.refund(500, allowed=False)

    def show_assets(self):
        self.story.title("What was written, and what was found about it")
        self.kubectl("get", GENERATIONS, "refund-draft")
        self.kubectl("get", GENERATIONS, "refund-draft", "-o", "jsonpath={.status.assets[0].statement}")
        findings = self.kubectl("get", GENERATIONS, "refund-draft", "-o", "jsonpath={.status.assets[0].findings}")
        self.expect("VALID" in findings, "it is valid", findings)

    def show_adoption(self):
        self.story.title("It is adopted: the manifest in the status is applied")
        manifest = self.kubectl("get", GENERATIONS, "refund-draft", "-o", "jsonpath={.status.assets[0].manifest}")
        path = self.place.folder / "refund-draft-1.yaml"
        path.write_text(manifest + "\n")
        self.kubectl("apply", "-f", str(path))
        self.wait_ready("policy/refund-draft-1")
        playground.wait_until("the refund of 500 to be paid", 10, lambda: self.when_paid(500))
        self.refund(500, allowed=True)
        self.refund(2000, allowed=False)

    def show_rerun(self):
        self.story.title("Another sentence: it is run again, and the policy does not follow by itself")
        text = {"rawText": "Allow everyone to process refunds under $5000."}
        patch = json.dumps({"spec": {"content": text}})
        self.kubectl("patch", GENERATIONS, "refund-draft", "--type=merge", "--patch", patch)

        def changed():
            found = self.place.get(POLICIES, "refund-draft-1")
            ready = conditions_of(found).get("Ready", {})
            return found if (ready.get("status"), ready.get("reason")) == ("True", "GenerationChanged") else None

        playground.wait_until("the policy to tell", 30, changed)
        message = 'jsonpath={.status.conditions[?(@.type=="Ready")].message}'
        self.kubectl("get", POLICIES, "refund-draft-1", "-o", message)
        self.refund(2000, allowed=False)

    def show_calls(self):
        self.story.title("An MCP client: a refund of 500 is paid, one of 2,000 is not")
        self.story.command("agentcore-policy-operator token --claim client_id=refund-agents")
        self.story.line(f"{self.client.token[:40]}...")
        listed = [tool["name"] for tool in self.client.call("tools/list")["tools"]]
        self.story.line(f"tools/list                     -> {', '.join(listed)}")
        self.expect(listed == [TOOL], "the tool is listed", listed)
        self.refund(500, allowed=True)
        self.refund(2000, allowed=False)

    def show_edit(self):
        self.story.title("The policy is edited: refunds below 5,000")
        statement = self.place.get(POLICIES, "refund-limit")["spec"]["definition"]["cedar"]["statement"]
        patch = json.dumps({"spec": {"definition": {"cedar": {"statement": statement.replace("< 1000", "< 5000")}}}})
        self.story.command("kubectl patch policies.agentcore.dev refund-limit --type merge --patch '... < 5000 ...'")
        self.story.line(self.place.kubectl("patch", POLICIES, "refund-limit", "--type", "merge", "--patch", patch).rstrip())
        began = time.monotonic()
        took = playground.wait_until("the refund of 2,000 to be paid", 10, lambda: self.when_paid(2000)) - began
        self.refund(2000, allowed=True)
        self.story.line(f"the first that is paid was asked for {took:.2f} s after the edit")
        self.expect(took < 1, "an edit is enforced within a second", took)

    def when_paid(self, amount):
        """When a refund was asked for, if it is paid: what its function then takes, which is started for each call, is not the edit's."""
        asked = time.monotonic()
        return None if self.client.refund(amount)["isError"] else asked

    def show_log_only(self):
        self.story.title("LOG_ONLY: nothing is stopped, and what would have been is recorded")
        attachment = "policyengineattachments.agentcore.dev"
        self.kubectl("patch", attachment, "refunds", "--type=merge", "--patch", '{"spec": {"mode": "LOG_ONLY"}}')
        playground.wait_until("the refund of 9,000 to be paid", 10, lambda: not self.client.refund(9000)["isError"])
        self.refund(9000, allowed=True)
        self.story.command("agentcore-policy-operator decisions --decision-log .demo/decisions.jsonl    (its head and its last line)")
        shown = self.place.run("decisions", "--decision-log", str(self.place.folder / "decisions.jsonl")).splitlines()
        self.story.line(" ".join(shown[0].split()))
        self.story.line(" ".join(shown[-1].split()))
        self.expect("DENY LOG_ONLY" in " ".join(shown[-1].split()), "the denial is recorded", shown[-1])

    def refund(self, amount, allowed):
        result = self.client.refund(amount)
        text = result["content"][0]["text"]
        self.story.line(f"tools/call process_refund {amount:5} -> {text}")
        self.expect(result["isError"] is not allowed, f"a refund of {amount} is {'paid' if allowed else 'denied'}", result)
        if not allowed:
            self.expect("not allowed due to policy enforcement [" in text, "the denial has AWS's words", text)

    def show_mistake(self):
        self.story.title("Another policy, with a mistake: it reads a tag that may not be there")
        self.show_statement(MISTAKES / "broken-policy.yaml")
        self.watch(POLICIES, wait=True)
        self.kubectl("apply", "-f", str(MISTAKES / "broken-policy.yaml"))
        found = self.wait_refused("auditors")
        self.unwatch()
        self.expect(found["status"].get("status") == "CREATE_FAILED", "the policy is CREATE_FAILED", found)
        self.show_message(found, "unable to guarantee safety of access to tag")

    def show_recovery(self):
        self.story.title("The same policy, edited: it asks for the tag first")
        self.show_statement(MISTAKES / "fixed-policy.yaml")
        self.watch(POLICIES, wait=True)
        self.kubectl("apply", "-f", str(MISTAKES / "fixed-policy.yaml"))
        self.wait_ready("policy/auditors")
        self.unwatch()

    def show_parse_error(self):
        self.story.title("A policy that is not Cedar: one `=` too few")
        self.show_statement(MISTAKES / "unparsable-policy.yaml")
        self.kubectl("apply", "-f", str(MISTAKES / "unparsable-policy.yaml"))
        found = self.wait_refused("typing-error")
        self.show_message(found, "line 6")

    def show_nothing_left(self, *more):
        self.story.title("Everything is deleted in one go, in Kubernetes and in AgentCore")
        self.kubectl("delete", ",".join((*KINDS, *more)), "--all", "--timeout=30s")
        for path, member in (("/policy-engines", "policyEngines"), ("/gateways/", "items")):
            left = self.place.backend_list(path, member)
            self.story.command(f"curl {self.place.backend}{path}")
            self.story.line(json.dumps({member: left}))
            self.expect(left == [], "nothing is left in the backend", left)

    # What is waited for.

    def wait_ready(self, *objects):
        self.place.kubectl("wait", "--for=condition=Ready", "--timeout=30s", *objects)

    def wait_refused(self, name):
        """Waits until the operator has judged the policy and refused it for good."""

        def look():
            found = self.place.get("policies.agentcore.dev", name)
            conditions = conditions_of(found)
            self.expect(conditions.get("Ready", {}).get("status") != "True", f"{name} is not Ready", found)
            return found if conditions.get("Stalled", {}).get("status") == "True" else None

        return playground.wait_until(f"policy {name} to be refused", 30, look)

    # What is shown.

    def show_statement(self, path):
        text = path.read_text()
        for line in text[text.index("statement: |") :].splitlines()[1:]:
            self.story.line(f"  {DIM}{line.strip(' ') if line.endswith(';') else line[8:]}{PLAIN}")

    def show_message(self, found, said):
        name = found["metadata"]["name"]
        message = self.kubectl("get", "policies.agentcore.dev", name, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].message}')
        self.expect(said in message, f"the message says `{said}`", found)

    @staticmethod
    def expect(true, what, found):
        if not true:
            raise Failure(f"expected that {what}; found {json.dumps(found.get('status', found) if isinstance(found, dict) else found, indent=2)}")


def conditions_of(found):
    return {condition["type"]: condition for condition in found.get("status", {}).get("conditions", [])}


def run(arguments):
    playground.stop_on_signals()
    folder = arguments.folder
    playground.down(folder, arguments.controlplane)
    place = Playground(folder, arguments.program, arguments.controlplane, keep=arguments.keep)
    story = Story()
    demo = Demo(place, story)
    done = False
    try:
        demo.run_words() if arguments.generation else demo.run()
        if arguments.keep:
            story.title("Left running, with the quickstart applied again")
            place.kubectl("apply", "-k", str(QUICKSTART))
            story.line(f"export KUBECONFIG={place.kubeconfig}")
            story.line(f"backend: {place.backend}   metrics: {place.metrics}/metrics   log: {folder}/operator.log")
            story.line("stop it with: make demo-down")
        done = True
    except Failure as failure:
        story.say(f"\nThe demo failed: {failure}")
        if place.kubeconfig:
            story.say("\n" + place.try_kubectl("get", ",".join(KINDS), "-o", "wide").stdout)
        log = folder / "operator.log"
        if log.exists():
            story.say("\nThe end of the operator's log:\n" + "\n".join(log.read_text().splitlines()[-15:]))
    finally:
        for watch in demo.watches:
            watch.stop()
        if not (done and arguments.keep):
            place.stop()
    if done:
        story.say(f"\n{BOLD}All of it was true.{PLAIN} {time.monotonic() - story.began:.0f} s")
    return 0 if done else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    parse_run = commands.add_parser("run", help="run the demo")
    parse_run.add_argument("--program", required=True, help="the built agentcore-policy-operator")
    parse_run.add_argument("--keep", action="store_true", help="leave the cluster and the operator running")
    parse_run.add_argument("--generation", action="store_true", help="from a sentence to a policy that decides")
    parse_run.set_defaults(act=run)
    parse_down = commands.add_parser("down", help="stop what --keep left running")
    parse_down.set_defaults(act=lambda arguments: playground.down(arguments.folder, arguments.controlplane))
    for command in (parse_run, parse_down):
        command.add_argument("--controlplane", required=True, help="the built program of tests/controlplane")
        command.add_argument("--folder", type=pathlib.Path, default=FOLDER, help="where it keeps what it makes")
    arguments = parser.parse_args()
    sys.exit(arguments.act(arguments))


if __name__ == "__main__":
    main()
