//! Every row of the fault matrix (reliability.md 4): what plays it, or why nothing does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// What is there for a row.
#[derive(Clone, Copy, Debug)]
pub enum Proof {
    /// Plans, by the request and what happens to it.
    Plans,
    /// A test of this name.
    Test(&'static str),
    /// A test of this name in `tests/sdk`.
    Sdk(&'static str),
    /// Nothing, for this reason.
    Missing(&'static str),
}

use Proof::{Missing, Plans, Sdk, Test};

/// The rows, in their order.
pub const ROWS: [(&str, Proof); 48] = [
    ("F1", Plans),
    ("F2", Plans),
    ("F3", Plans),
    ("F4", Plans),
    ("F5", Plans),
    ("F6", Plans),
    ("F7", Plans),
    ("F8", Plans),
    (
        "F9",
        Test("f9_half_of_the_calls_are_throttled_and_everything_gets_done_at_no_more_than_a_call_a_second"),
    ),
    (
        "F10",
        Test("f10_while_all_operations_fail_one_call_at_a_time_is_made_and_afterwards_all_is_soon_ready"),
    ),
    (
        "F11",
        Test("f11_a_quota_that_is_used_up_is_told_and_is_tried_again_when_somebody_asks"),
    ),
    (
        "F12",
        Test("an_engine_name_that_another_owner_holds_is_a_conflict_and_the_engine_is_never_touched"),
    ),
    (
        "F13",
        Test("f13_an_update_of_what_is_at_work_waits_for_it_without_an_error"),
    ),
    (
        "F14",
        Test("f14_what_failed_for_a_reason_of_the_service_is_repaired_by_an_edit"),
    ),
    (
        "F15",
        Test("ack5_f15_what_the_service_refused_and_takes_later_becomes_ready_by_itself"),
    ),
    (
        "F16",
        Test("f16_a_deletion_that_is_denied_waits_and_says_so_and_retain_lets_the_object_go"),
    ),
    (
        "F17",
        Test("f17_a_source_of_credentials_that_fails_hangs_or_rotates_ends_nothing_and_its_next_key_is_used"),
    ),
    (
        "F18",
        Test("what_was_deleted_behind_the_spec_s_back_is_made_anew"),
    ),
    (
        "F19",
        Test("what_was_edited_behind_the_spec_s_back_is_put_right_at_the_resync_and_told"),
    ),
    (
        "F20",
        Test("what_was_deleted_behind_the_spec_s_back_is_made_anew"),
    ),
    (
        "F21",
        Test("f21_an_edit_between_a_lost_answer_and_the_next_try_ends_in_one_policy_as_it_was_edited"),
    ),
    (
        "F22",
        Test("a_status_that_was_wiped_while_deleting_loses_nothing"),
    ),
    (
        "F23",
        Test("f23_objects_that_a_backup_restored_with_new_uids_take_their_resources_up_again"),
    ),
    (
        "F24",
        Test("f24_a_forbid_that_moves_is_in_force_throughout_whichever_object_goes_first"),
    ),
    (
        "F25",
        Test("f25_an_object_made_again_while_its_resource_is_being_deleted_gets_a_resource_of_its_own"),
    ),
    (
        "F26",
        Test("f26_an_edit_while_the_service_creates_is_the_one_that_counts"),
    ),
    (
        "F27",
        Test("an_engine_deleted_first_waits_for_its_policies_and_names_them"),
    ),
    (
        "F28",
        Test(
            "ack7_f28_a_policy_applied_before_its_engine_says_what_it_waits_for_and_goes_on_when_it_is_active",
        ),
    ),
    (
        "F29",
        Test("f29_a_namespace_of_two_hundred_objects_is_gone_within_a_minute"),
    ),
    (
        "F30",
        Test("f30_a_crd_that_is_removed_takes_nothing_out_of_aws_and_what_comes_back_is_taken_up_again"),
    ),
    (
        "F31",
        Test("f31_what_happened_while_a_watch_was_deaf_is_seen_when_it_is_cut"),
    ),
    (
        "F32",
        Test("f32_reads_that_lag_behind_own_writes_lead_to_nothing_twice_and_to_no_hot_loop"),
    ),
    (
        "F33",
        Test("f33_an_api_server_from_the_past_brings_about_nothing"),
    ),
    (
        "F34",
        Test(
            "f34_after_an_outage_of_the_api_server_every_object_is_soon_looked_at_and_edits_are_carried_out",
        ),
    ),
    (
        "F35",
        Test("f35_an_etcd_that_is_put_back_and_counts_anew_takes_nothing_away"),
    ),
    (
        "F36",
        Test("who_was_stopped_past_its_lease_writes_nothing_when_it_goes_on_and_ends"),
    ),
    (
        "F37",
        // The Lease is counted by a clock that does not jump: `who_was_stopped_past_its_lease_writes_nothing_when_it_goes_on_and_ends`.
        Test(
            "f37_a_service_whose_clock_is_400_s_ahead_is_signed_for_with_its_own_time_after_the_first_refusal",
        ),
    ),
    (
        "F38",
        // Two processes of one version, and a status as one that knows less leaves it: no version was released before.
        Test("f38_an_old_and_a_new_process_side_by_side_make_nothing_twice_and_come_to_rest"),
    ),
    (
        "F39",
        // Of 10,000: `make bench`.
        Test("f39_a_thousand_policies_that_are_created_while_the_operator_restarts_are_each_made_once"),
    ),
    (
        "F40",
        Test("f40_objects_of_no_known_form_are_told_so_and_stop_nobody_else"),
    ),
    (
        "F41",
        Test("f41_a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing_that_was_answered"),
    ),
    (
        "F42",
        Test("what_was_accepted_is_there_once_after_kills_in_the_middle_of_creates"),
    ),
    (
        "F43",
        Sdk("test_a_policy_that_cannot_be_read_denies_at_the_gateways_of_its_engine"),
    ),
    (
        "F44",
        Test("f44_a_tool_that_hangs_takes_no_other_gateway_with_it_and_nothing_unauthorized_reaches_it"),
    ),
    (
        "F45",
        Test(
            "f45_while_enforcement_is_switched_on_and_off_every_call_is_decided_by_one_mode_that_its_record_names",
        ),
    ),
    (
        "F46",
        Sdk("test_f46_keys_last_an_hour_while_the_issuer_is_away_and_then_nobody_is_let_in"),
    ),
    ("F47", Missing("there is no webhook")),
    (
        "F48",
        Test("f48_sigterm_in_the_middle_of_creates_leaves_nothing_twice"),
    ),
];

/// The table, with what plans came to.
pub fn table(plans: &BTreeMap<&str, (usize, usize)>) -> String {
    let lines = ROWS.iter().map(|(row, proof)| {
        let (passed, failed) = plans.get(row).copied().unwrap_or_default();
        let played = format!("{passed} plans passed, {failed} failed");
        let what = match proof {
            Plans => played,
            Test(name) if passed + failed > 0 => format!("{played}, and {name}"),
            Test(name) | Sdk(name) => (*name).to_owned(),
            Missing(why) => format!("not played: {why}"),
        };
        format!("{row:<4} {what}")
    });
    // What is no row of the matrix.
    let others = plans
        .iter()
        .filter(|(row, _)| ROWS.iter().all(|(known, _)| known != *row));
    let others =
        others.map(|(row, (passed, failed))| format!("{row}: {passed} plans passed, {failed} failed"));
    lines.chain(others).collect::<Vec<String>>().join("\n")
}

#[test]
fn every_row_is_there_once_and_every_test_that_is_named_exists() {
    let numbers: Vec<String> = (1..=48).map(|number| format!("F{number}")).collect();
    assert_eq!(ROWS.map(|(row, _)| row).to_vec(), numbers);
    for (row, proof) in ROWS {
        assert_there(row, proof);
    }
}

#[test]
fn the_matrix_in_the_documents_is_this_one() {
    let document = include_str!("../../../docs/reliability.md");
    let line = |(row, proof): (&str, Proof)| match proof {
        Plans => format!("| {row} | plans |"),
        Test(name) => format!("| {row} | `{name}` |"),
        Sdk(name) => format!("| {row} | `{name}` (`tests/sdk`) |"),
        Missing(why) => format!("| {row} | not played: {why} |"),
    };
    let table = ROWS.map(line).join("\n");
    assert!(
        document.contains(&format!("| row | played by |\n| --- | --- |\n{table}\n\n")),
        "docs/reliability.md has another table than this one:\n{table}"
    );
}

/// Asserts that the test that is named is one of the suite, or of `tests/sdk`.
#[track_caller]
pub fn assert_there(row: &str, proof: Proof) {
    static SUITE: LazyLock<String> = LazyLock::new(|| sources("suite", "rs"));
    static SDK: LazyLock<String> = LazyLock::new(|| sources("sdk", "py"));
    let (name, there) = match proof {
        // An attribute may stand between, that keeps it for `make faults`.
        Test(name) => (name, {
            let before = SUITE.split_once(&format!("\nfn {name}()"));
            before.is_some_and(|(before, _)| before.lines().rev().take(2).any(|line| line == "#[test]"))
        }),
        Sdk(name) => (name, SDK.contains(&format!("\ndef {name}("))),
        Plans | Missing(_) => return,
    };
    assert!(there, "{row}: no test {name}");
}

/// All files of a folder of tests that end so.
fn sources(folder: &str, kind: &str) -> String {
    let mut sources = String::new();
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).join(folder);
    read(&folder, kind, &mut sources);
    sources
}

fn read(folder: &Path, kind: &str, sources: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, kind, sources);
        } else if path.extension().is_some_and(|this| this == kind) {
            sources.push_str(&fs::read_to_string(&path).expect("a source"));
        }
    }
}
