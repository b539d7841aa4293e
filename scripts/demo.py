"""The demo: a policy engine and policies, from `kubectl apply` to AgentCore's answer and back to nothing.

Exit code 0 means that everything it shows came true.
"""

import argparse
import json
import shlex
import subprocess
import sys
import threading
import time

import playground
from playground import ROOT, Failure, Playground

FOLDER = ROOT / ".demo"
MISTAKES = ROOT / "examples/mistakes"
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
KINDS = ("policyengines.agentcore.dev", "policies.agentcore.dev")


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
            if shown.get(name) != news:
                self.story.line(line.rstrip())
            shown[name] = news
            self.began.set()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()


class Demo:
    """The steps. Each raises Failure if what it shows is not true."""

    def __init__(self, place, story):
        self.place = place
        self.story = story
        self.watches = []

    def kubectl(self, *args):
        self.story.command(shlex.join(["kubectl", *args]).replace(str(ROOT) + "/", ""))
        text = self.place.kubectl(*args).rstrip()
        for line in text.splitlines():
            self.story.line(line)
        return text

    def watch(self, *kinds, wait=False):
        """Shows kinds as they change from now on; waits for the first lines if there are objects already."""
        self.story.command(" & ".join(f"kubectl get {kind} --watch" for kind in kinds))
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
        self.show_mistake()
        self.show_recovery()
        self.show_parse_error()
        self.show_nothing_left()

    def start(self):
        self.story.title("A private Kubernetes API server, the CRDs and the operator with its local backend")
        version = self.place.start_cluster("--controllers=false")
        self.story.line(f"kube-apiserver {version} and etcd run on loopback; your own kube context is not touched")
        self.place.install_crds()
        self.story.line("the CRDs are installed")
        self.place.start_operator()
        self.story.line(f"the operator is ready; it speaks the AWS protocol to {self.place.backend}")

    def show_ready(self):
        self.story.title("An engine and a policy, applied together")
        self.watch(*KINDS)
        began = time.monotonic()
        self.kubectl("apply", "-f", str(ROOT / "examples"))
        self.wait_ready("policyengine/refunds", "policy/refund-agents")
        took = time.monotonic() - began
        self.unwatch()
        self.story.line(f"both are Ready {took:.1f} s after `kubectl apply`; AgentCore has them:")
        for engine in self.place.backend_list("/policy-engines", "policyEngines"):
            self.story.line(f"  engine {engine['policyEngineId']} {engine['status']}")
            for policy in self.policies_of(engine):
                self.story.line(f"  policy {policy['policyId']} {policy['status']}")

    def show_mistake(self):
        self.story.title("A policy with a mistake: it reads a tag that may not be there")
        self.show_statement(MISTAKES / "broken-policy.yaml")
        self.watch(KINDS[1], wait=True)
        self.kubectl("apply", "-f", str(MISTAKES / "broken-policy.yaml"))
        found = self.wait_refused("auditors")
        self.unwatch()
        self.expect(found["status"].get("status") == "CREATE_FAILED", "the policy is CREATE_FAILED", found)
        self.show_message(found, "unable to guarantee safety of access to tag")

    def show_recovery(self):
        self.story.title("The same policy, edited: it asks for the tag first")
        self.show_statement(MISTAKES / "fixed-policy.yaml")
        self.watch(KINDS[1], wait=True)
        self.kubectl("apply", "-f", str(MISTAKES / "fixed-policy.yaml"))
        self.wait_ready("policy/auditors")
        self.unwatch()

    def show_parse_error(self):
        self.story.title("A policy that is not Cedar: one `=` too few")
        self.show_statement(MISTAKES / "unparsable-policy.yaml")
        self.kubectl("apply", "-f", str(MISTAKES / "unparsable-policy.yaml"))
        found = self.wait_refused("typing-error")
        self.show_message(found, "line 6")

    def show_nothing_left(self):
        self.story.title("Everything is deleted, in Kubernetes and in AgentCore")
        self.kubectl("delete", "policies.agentcore.dev,policyengines.agentcore.dev", "--all", "--timeout=30s")
        engines = self.place.backend_list("/policy-engines", "policyEngines")
        self.story.command(f"curl {self.place.backend}/policy-engines")
        self.story.line(json.dumps({"policyEngines": engines}))
        self.expect(engines == [], "nothing is left in the backend", engines)

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

    def policies_of(self, engine):
        return self.place.backend_list(f"/policy-engines/{engine['policyEngineId']}/policies", "policies")

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
    playground.down(FOLDER, arguments.controlplane)
    place = Playground(FOLDER, arguments.program, arguments.controlplane, keep=arguments.keep)
    story = Story()
    demo = Demo(place, story)
    done = False
    try:
        demo.run()
        if arguments.keep:
            story.title("Left running, with the examples applied again")
            place.kubectl("apply", "-f", str(ROOT / "examples"))
            story.line(f"export KUBECONFIG={place.kubeconfig}")
            story.line(f"backend: {place.backend}   metrics: {place.metrics}/metrics   log: {FOLDER}/operator.log")
            story.line("stop it with: make demo-down")
        done = True
    except Failure as failure:
        story.say(f"\nThe demo failed: {failure}")
        if place.kubeconfig:
            story.say("\n" + place.try_kubectl("get", ",".join(KINDS), "-o", "wide").stdout)
        log = FOLDER / "operator.log"
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
    parse_run.set_defaults(act=run)
    parse_down = commands.add_parser("down", help="stop what --keep left running")
    parse_down.set_defaults(act=lambda arguments: playground.down(FOLDER, arguments.controlplane))
    for command in (parse_run, parse_down):
        command.add_argument("--controlplane", required=True, help="the built program of tests/controlplane")
    arguments = parser.parse_args()
    sys.exit(arguments.act(arguments))


if __name__ == "__main__":
    main()
