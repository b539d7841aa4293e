//! What the ACK controller v1.14.0 does at the bad moment (reliability.md 10), row by row, and the test that holds what
//! this operator does instead.

use serde_json::json;

use super::matrix::Proof::{self, Test};
use super::matrix::assert_there;
use super::scripted::Scripted;
use crate::lifecycle::scene::engine_and_policy;

/// The rows, in their order.
const ROWS: [(&str, Proof); 12] = [
    (
        "a policy in *_FAILED is Ready, and looked at again in 10 hours",
        Test("ack1_a_failed_policy_is_never_ready_and_shows_the_service_s_own_words"),
    ),
    (
        "a random token for each create, the id in the status alone: a lost answer leaks an enforced policy",
        Test("ack2_a_policy_whose_create_nobody_heard_of_is_deleted_with_its_object"),
    ),
    (
        "the finalizer goes when the deletion is accepted",
        Test("ack3_an_object_stays_until_the_service_says_that_its_resource_is_gone"),
    ),
    (
        "no update of what is not ACTIVE: an edit repairs nothing",
        Test("ack4_a_failed_policy_is_repaired_by_an_edit"),
    ),
    (
        "what AWS refused once is never tried again",
        Test("ack5_f15_what_the_service_refused_and_takes_later_becomes_ready_by_itself"),
    ),
    (
        "a gateway's other settings are lost by the update that attaches an engine",
        Test("ack6_an_attachment_waits_for_both_and_changes_one_member_of_the_gateway"),
    ),
    (
        "references are not watched: backoff up to 1,000 s",
        Test(
            "ack7_f28_a_policy_applied_before_its_engine_says_what_it_waits_for_and_goes_on_when_it_is_active",
        ),
    ),
    (
        "conditions are wiped and stamped anew by each pass: one write a pass",
        Test("ack8_quiet_objects_are_looked_at_and_not_written"),
    ),
    (
        "no observedGeneration: waiters take a Ready of the spec before",
        Test("ack9_kubectl_wait_takes_neither_an_object_that_nobody_saw_nor_a_ready_of_the_spec_before"),
    ),
    (
        "leader election is off, one replica",
        Test("ack10_one_of_two_writes_and_the_other_acts_within_the_lease_when_it_is_killed"),
    ),
    (
        "all Secrets of the cluster can be read",
        Test("ack11_no_rule_names_secrets_or_everything"),
    ),
    (
        "the process ends when the lookup of its identity fails at the start",
        Test("ack12_f17_without_any_credentials_the_operator_starts_and_its_objects_say_what_to_do"),
    ),
];

#[test]
fn every_row_has_a_test_that_is_named_after_it() {
    for (number, (row, proof)) in ROWS.iter().enumerate() {
        let Test(name) = proof else {
            panic!("{row}: nothing plays it");
        };
        assert!(name.starts_with(&format!("ack{}_", number + 1)), "{name}");
        assert_there(row, *proof);
    }
}

#[test]
fn ack2_a_policy_whose_create_nobody_heard_of_is_deleted_with_its_object() {
    let scripted = Scripted::new("ack2");
    scripted.rules(&json!([{"operation": "CreatePolicy", "calls": "every", "drop": true}]));
    let scene = &scripted.scene;
    let operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.until("acpol/agents", "sent", |_| scene.policies().len() == 1);
    operator.kill();
    let object = scene.object("acpol/agents").expect("the policy");
    assert!(object["status"]["policyId"].is_null(), "nobody heard: {object}");
    scripted.rules(&json!([]));
    let _operator = scene.operator();
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    assert_eq!(scene.policies(), [] as [serde_json::Value; 0]);
    scene.until_ready("acpe/refunds");
}
