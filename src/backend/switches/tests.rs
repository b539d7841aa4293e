use super::value::{AtMost, Lifetime, Text, Value as _};
use super::*;
use std::time::Duration;

#[test]
fn there_is_a_switch_for_every_row_and_no_name_twice() {
    let mut numbers: Vec<u8> = ROWS.iter().map(|row| row.number).collect();
    numbers.dedup();
    assert_eq!(numbers, (1..=52).collect::<Vec<_>>());
    let mut names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), 54);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 54);
}

#[test]
fn every_default_and_every_word_is_read_as_it_is_written() {
    for row in ROWS {
        let mut switches = Switches::default();
        let default = (row.shown)(&switches);
        assert!((row.set)(&mut switches, &default), "{}={default}", row.name);
        assert_eq!(switches, Switches::default(), "{}", row.name);
        for (word, _) in (row.meanings)() {
            assert!((row.set)(&mut switches, word), "{}={word}", row.name);
            assert_eq!((row.shown)(&switches), word, "{}", row.name);
        }
        assert!(!(row.set)(&mut switches, ""), "{}", row.name);
    }
}

#[test]
fn numbers_times_and_texts_have_bounds() {
    for (text, shown) in [
        ("1", Some("1")),
        ("100", Some("100")),
        ("0", None),
        ("101", None),
        ("x", None),
    ] {
        let parsed = AtMost::<100>::parse(text);
        assert_eq!(parsed.map(|size| size.shown()).as_deref(), shown, "{text}");
    }
    assert_eq!((AtMost::<5>::new(9).get(), AtMost::<5>::new(0).get()), (5, 1));
    for (text, shown) in [
        ("90s", Some("90s")),
        ("60s", Some("1m")),
        ("48h", Some("2d")),
        ("0s", Some("0s")),
        ("forever", Some("forever")),
        ("-1s", None),
        ("1", None),
        ("s", None),
        ("9999999999d", None),
        ("18446744073709551615d", None),
    ] {
        let parsed = Lifetime::parse(text);
        assert_eq!(parsed.map(|time| time.shown()).as_deref(), shown, "{text}");
    }
    assert_eq!(
        Lifetime::parse("24h").unwrap().get(),
        Some(Duration::from_hours(24))
    );
    for (text, good) in [
        (" ", true),
        (&"é".repeat(500), true),
        (&"é".repeat(501), false),
        ("a\nb", false),
    ] {
        assert_eq!(Text::parse(text).is_some(), good, "{text:?}");
    }
}

#[test]
fn a_file_sets_what_it_names_and_a_flag_wins() {
    for text in [
        "compat.timestamp-fraction: seconds\ncompat.policy-page-size: 25\n",
        r#"{"compat.timestamp-fraction": "seconds", "compat.policy-page-size": 25}"#,
    ] {
        let mut switches = Switches::default();
        switches.read(text).unwrap();
        switches.assign("compat.policy-page-size=30").unwrap();
        let expected = Switches {
            timestamp_fraction: TimestampFraction::Seconds,
            policy_page_size: AtMost::new(30),
            ..Switches::default()
        };
        assert_eq!(switches, expected);
    }
    let mut switches = Switches::default();
    switches.assign("compat.duplicate-name-text=a = b").unwrap();
    assert_eq!(switches.duplicate_name_text.as_str(), "a = b");
}

#[test]
fn a_word_that_older_yaml_takes_for_a_truth_is_a_word() {
    for text in [
        "limits.enforce-rates: on\ncompat.generations-block-delete: yes\n",
        r#"{"limits.enforce-rates": "on", "compat.generations-block-delete": "yes"}"#,
    ] {
        let mut switches = Switches::default();
        switches.read(text).unwrap();
        let expected = Switches {
            enforce_rates: EnforceRates::On,
            generations_block_delete: GenerationsBlockDelete::Yes,
            ..Switches::default()
        };
        assert_eq!(switches, expected);
    }
    let told = Switches::default()
        .read("limits.enforce-rates: true")
        .unwrap_err()
        .to_string();
    assert!(
        told.contains("`true` is no value of the switch limits.enforce-rates"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_set_is_told_in_one_line_with_what_can() {
    let told = |text: &str| Switches::default().assign(text).unwrap_err().to_string();
    for (text, said) in [
        (
            "compat.timestamp-fracton=seconds",
            "there is no switch `compat.timestamp-fracton`; did you mean `compat.timestamp-fraction`?",
        ),
        (
            "token-mismatch=conflict",
            "there is no switch `token-mismatch`; did you mean `compat.token-mismatch`?",
        ),
        (
            "something.else.entirely=1",
            "there is no switch `something.else.entirely`; agentcore-policy-operator switches lists them",
        ),
        (
            "compat.timestamp-fraction=millis",
            "`millis` is no value of the switch compat.timestamp-fraction; give `microseconds` or `seconds`",
        ),
        (
            "compat.policy-page-size=0",
            "`0` is no value of the switch compat.policy-page-size; give a whole number from 1 to 100",
        ),
        (
            "compat.page-token=1",
            "`1` is no value of the switch compat.page-token; give a time such as 30s, 10m, 24h or 7d, or `forever`",
        ),
        (
            "compat.missing-policy-session=http-200",
            "the switch compat.missing-policy-session can only be `http-400`: nothing reads it yet (row 52 of service.md section 18)",
        ),
        (
            "compat.deny-shape",
            "`compat.deny-shape` is no switch; write NAME=VALUE, such as compat.timestamp-fraction=seconds",
        ),
    ] {
        assert_eq!(told(text), said);
    }
    assert_eq!(Switches::default().assign("compat.deny-shape=documented"), Ok(()));
    for text in [
        "[1]",
        "a: [1]",
        "a: {b: c}",
        "{",
        "compat.page-token: 1.5",
        "x: y\nx: z",
    ] {
        let error = Switches::default().read(text).unwrap_err().to_string();
        assert!(
            error.starts_with("the switches are no YAML or JSON map") && error.lines().count() == 1,
            "{text}: {error}"
        );
    }
}

#[test]
fn the_table_tells_values_with_the_default_in_bold() {
    let table = Switches::table();
    assert_eq!(table.lines().count(), 2 + 54);
    for line in [
        "| 4 | `compat.timestamp-fraction` | Digits of the fraction in timestamps. | **`microseconds`**: Six digits; `seconds`: No fraction |",
        "| 9 | `compat.policy-page-size` | Page size of a list of engines, policies, generations, assets or summaries that was asked without one. | **`10`**; a whole number from 1 to 100 |",
        "| 52 | `compat.missing-policy-session` | A call under a temporal policy without the session header; temporal policies are refused, so that there is none. | `http-400` (nothing reads it yet) |",
    ] {
        assert!(table.lines().any(|other| other == line), "{line}\n{table}");
    }
}

/// The sources of the backend but for those of this room, without white space.
fn sources() -> String {
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/backend"
    ))];
    let mut all = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("switches") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all.extend(std::fs::read_to_string(path).unwrap().split_whitespace());
            }
        }
    }
    all
}

#[test]
fn what_is_marked_as_read_by_nothing_is_exactly_what_nothing_reads() {
    let sources = sources();
    for row in ROWS {
        let field = format!("switches.{}", row.field);
        let read = sources
            .split(field.as_str())
            .skip(1)
            .filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
            .count();
        let hint = if row.read {
            "mark it `unread`, or read it as `switches.<field>`"
        } else {
            "take `unread` away"
        };
        assert_eq!(read > 0, row.read, "{}: {hint}", row.name);
    }
}
