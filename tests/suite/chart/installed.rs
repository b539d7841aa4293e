//! The chart on a real API server. No node runs its pods there.

use super::{CHART, template, values_files};
use crate::rig::ControlPlane;

const RELEASE: &str = "agentcore";
const NAMESPACE: &str = "agentcore-system";
const NAME: &str = "agentcore-agentcore-policy-operator";

#[test]
fn a_release_is_installed_upgraded_rolled_back_and_uninstalled_and_its_crds_and_data_stay() {
    let cluster = ControlPlane::start();
    let helm = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend_from_slice(&["--namespace", NAMESPACE]);
        cluster.helm(&all).success()
    };
    let there = |object: &str| cluster.get(&["-n", NAMESPACE, object]).is_some();

    let notes = helm(&["install", RELEASE, CHART, "--create-namespace", "--wait=hookOnly"]);
    assert!(notes.contains("Backend: local"), "{notes}");
    assert!(
        notes.contains("helm uninstall agentcore -n agentcore-system"),
        "{notes}"
    );
    let crds = ["policyengines.agentcore.dev", "policies.agentcore.dev"];
    for crd in crds {
        let crd = format!("crd/{crd}");
        cluster
            .kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &crd])
            .success();
    }
    let deployment = format!("deployment/{NAME}");
    let claim = format!("persistentvolumeclaim/{NAME}");
    let service = format!("service/{NAME}-backend");
    for object in [&deployment, &claim, &service, &format!("serviceaccount/{NAME}")] {
        assert!(there(object), "{object} is installed");
    }

    let aws = ["--set", "backend.type=aws", "--set", "aws.region=us-east-1"];
    let mut upgrade = vec!["upgrade", RELEASE, CHART, "--wait=hookOnly"];
    upgrade.extend_from_slice(&aws);
    let notes = helm(&upgrade);
    assert!(notes.contains("Amazon Bedrock AgentCore in us-east-1"), "{notes}");
    assert!(!there(&service), "AWS needs no Service");
    assert!(there(&claim), "the local backend's data stays");
    helm(&["rollback", RELEASE, "1", "--wait=hookOnly"]);
    assert!(there(&service), "the first revision is back");

    helm(&["uninstall", RELEASE, "--wait=hookOnly"]);
    assert!(!there(&deployment) && !there(&service));
    assert!(there(&claim), "the local backend's data stays");
    for crd in crds {
        assert!(cluster.get(&["crd", crd]).is_some(), "{crd} stays");
    }
    helm(&["install", RELEASE, CHART, "--wait=hookOnly"]);
    assert!(
        there(&deployment),
        "what stayed is no obstacle to the next release"
    );
}

#[test]
fn crds_that_kubectl_applied_are_taken_over_when_asked() {
    let cluster = ControlPlane::start();
    cluster.install_crds();
    let install = [
        "install",
        RELEASE,
        CHART,
        "-n",
        NAMESPACE,
        "--create-namespace",
        "--wait=hookOnly",
    ];
    let refused = cluster.helm(&install).failure();
    assert!(refused.contains("invalid ownership metadata"), "{refused}");
    let mut take = install.to_vec();
    take.extend_from_slice(&["--take-ownership"]);
    cluster.helm(&take).success();
}

#[test]
fn restricted_pod_security_has_nothing_to_say() {
    let cluster = ControlPlane::shared();
    let namespace = "agentcore-system";
    cluster.kubectl(&["create", "namespace", namespace]).success();
    let labels = ["enforce", "warn"].map(|mode| format!("pod-security.kubernetes.io/{mode}=restricted"));
    cluster
        .kubectl(&["label", "namespace", namespace, &labels[0], &labels[1]])
        .success();
    for (name, path) in values_files() {
        let path = path.to_string_lossy();
        let args = [
            "-f",
            &path,
            "--set",
            "crds.enabled=false",
            "--show-only",
            "templates/deployment.yaml",
        ];
        let deployment = template(&args).success();
        let args = ["apply", "--dry-run=server", "-f", "-"];
        let ran = cluster.kubectl_with(&cluster.kubeconfig(), &args, &deployment);
        assert!(!ran.stderr.contains("Warning"), "{name}: {}", ran.stderr);
        ran.success();
    }
    // The check can fail: the same without the container's context.
    let careless = template(&[
        "--set",
        "securityContext=null",
        "--show-only",
        "templates/deployment.yaml",
    ]);
    let args = ["apply", "--dry-run=server", "-f", "-"];
    let ran = cluster.kubectl_with(&cluster.kubeconfig(), &args, &careless.success());
    assert!(ran.stderr.contains("would violate PodSecurity"), "{}", ran.stderr);
}
