//! Times that something takes, as text.

use std::time::Duration;

/// Reads an interval as Go and Kubernetes write it: `5m`, `1h30m`, `500ms`. `None` for anything else.
#[must_use]
pub fn parse_interval(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let millis = match unit {
            "ms" => number,
            "s" => number.checked_mul(1_000)?,
            "m" => number.checked_mul(60_000)?,
            "h" => number.checked_mul(3_600_000)?,
            _ => return None,
        };
        total = total.checked_add(Duration::from_millis(millis))?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn intervals_are_read_as_go_writes_them() {
        assert_eq!(parse_interval("5m"), Some(Duration::from_mins(5)));
        assert_eq!(parse_interval("1h30m"), Some(Duration::from_mins(90)));
        assert_eq!(parse_interval("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_interval("0s"), Some(Duration::ZERO));
        for bad in [
            "",
            "5",
            "m",
            "5d",
            "-5m",
            "5 m",
            "99999999999999999999h",
            "18446744073709551615h",
        ] {
            assert_eq!(parse_interval(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_interval_makes_it_panic(text in ".{0,40}") {
            let _any = parse_interval(&text);
        }
    }
}
