//! The index of policies decides as Cedar's authorizer over all of them (performance.md P8): a slice of
//! `make authorizer`.

#[path = "../../scripts/authorize/compare.rs"]
mod compare;
#[path = "../../scripts/authorize/generate.rs"]
mod generate;
#[path = "../../scripts/authorize/linear.rs"]
mod linear;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Walks, and pairs of a set and a request of each.
const WALKS: u64 = 8;
const PAIRS: usize = 400;

#[test]
fn the_index_decides_as_cedar_does_over_all_policies() {
    let mut seen = compare::Seen::default();
    for seed in 0..WALKS {
        match compare::walk(seed, PAIRS) {
            Ok(walked) => seen.add(&walked),
            Err(difference) => panic!("{difference}"),
        }
    }
    println!("{seen:?}");
    // What would make the comparison an empty one.
    let enough = seen.pairs / 50;
    for (what, count) in [
        ("allowed", seen.allowed),
        ("denied by a forbid", seen.denied_by_forbid),
        ("with policies that error", seen.with_errors),
        ("with policies that are logged and match", seen.with_matches),
        ("with policies that are logged and would flip it", seen.with_flips),
    ] {
        assert!(count > enough, "too few were {what}: {seen:?}");
    }
}
