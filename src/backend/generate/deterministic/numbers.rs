//! Numbers as people write them: with a currency, thousands, `k` and `million`. Exact, or refused.

/// A number of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// The number in ten-thousandths, the precision of Cedar's decimal (service.md 10.5).
    pub scaled: i128,
    /// The currency that was named, as its code.
    pub currency: Option<&'static str>,
    /// Whether it ended in `%`.
    pub percent: bool,
    /// What it was multiplied by: 1,000 of `5k`.
    pub by: i128,
}

/// Ten-thousandths of one.
pub(super) const SCALE: i128 = 10_000;
/// Digits behind the point that Cedar's decimal keeps.
const DECIMALS: usize = 4;

const SIGNS: [(&str, &str); 5] = [
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
];
/// Pounds are not among them: they are a weight, too.
const CURRENCIES: [(&str, &str); 14] = [
    ("usd", "USD"),
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("eur", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("gbp", "GBP"),
    ("jpy", "JPY"),
    ("yen", "JPY"),
    ("inr", "INR"),
    ("rupees", "INR"),
    ("cny", "CNY"),
    ("chf", "CHF"),
    ("cad", "CAD"),
];
/// A small `m` is not among them: it is a metre and a minute, too.
const MULTIPLES: [(&str, i128); 6] = [
    ("k", 1_000),
    ("K", 1_000),
    ("thousand", 1_000),
    ("M", 1_000_000),
    ("million", 1_000_000),
    ("billion", 1_000_000_000),
];

/// The currency that a word names.
pub(super) fn currency(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    let mut all = SIGNS.iter().chain(&CURRENCIES);
    all.find(|(written, _)| *written == word).map(|(_, code)| *code)
}

/// What a word multiplies a number in front of it by.
pub(super) fn multiple(word: &str) -> Option<i128> {
    MULTIPLES
        .iter()
        .find(|(written, _)| *written == word)
        .map(|(_, by)| *by)
}

/// Reads one token: `500`, `$1,000.50`, `€500`, `USD500`, `500k`, `5%`.
///
/// None for what is no number, and for a number that can be read in two ways: `1.000` is one and a thousand.
pub(super) fn read(written: &str) -> Option<Number> {
    let (negative, rest) = written
        .strip_prefix(['-', '−'])
        .map_or((false, written), |rest| (true, rest));
    let (sign, rest) = SIGNS
        .iter()
        .find_map(|(sign, code)| Some((*code, rest.strip_prefix(sign)?)))
        .map_or((None, rest), |(code, rest)| (Some(code), rest));
    let digits = rest
        .find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.')
        .unwrap_or(rest.len());
    let (digits, suffix) = rest.split_at_checked(digits)?;
    let (percent, by, behind) = match suffix {
        "" => (false, 1, None),
        "%" => (true, 1, None),
        suffix => match (multiple(suffix), currency(suffix)) {
            (Some(by), _) => (false, by, None),
            (None, Some(code)) => (false, 1, Some(code)),
            (None, None) => return None,
        },
    };
    if sign.is_some() && behind.is_some_and(|behind| Some(behind) != sign) {
        return None;
    }
    let scaled = plain(digits)?.checked_mul(by)?;
    Some(Number {
        scaled: if negative { scaled.checked_neg()? } else { scaled },
        currency: sign.or(behind),
        percent,
        by,
    })
}

/// Digits with thousands and a point.
fn plain(digits: &str) -> Option<i128> {
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    let groups: Vec<&str> = whole.split(',').collect();
    let (first, rest) = groups.split_first()?;
    let grouped =
        rest.is_empty() || ((1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3));
    let in_two_ways =
        rest.is_empty() && fraction.len() == 3 && (1..=3).contains(&whole.len()) && whole != "0";
    let ends_in_a_point = digits.ends_with('.') || digits.starts_with('.');
    let fraction = fraction.trim_end_matches('0');
    if !grouped
        || in_two_ways
        || ends_in_a_point
        || fraction.len() > DECIMALS
        || fraction.contains([',', '.'])
    {
        return None;
    }
    let whole: i128 = groups.concat().parse().ok()?;
    let fraction: i128 = format!("{fraction:0<DECIMALS$}").parse().ok()?;
    whole.checked_mul(SCALE)?.checked_add(fraction)
}

impl Number {
    /// As Cedar's `Long`; none when it is not whole or too large.
    pub fn long(&self) -> Option<i64> {
        (self.scaled % SCALE == 0)
            .then_some(self.scaled / SCALE)?
            .try_into()
            .ok()
    }

    /// As the text in Cedar's `decimal("..")`; none when it is too large.
    pub fn decimal(&self) -> Option<String> {
        i64::try_from(self.scaled).ok()?;
        let (sign, size) = (if self.scaled < 0 { "-" } else { "" }, self.scaled.unsigned_abs());
        let scale = SCALE.unsigned_abs();
        let fraction = format!("{:04}", size % scale);
        let fraction = fraction.trim_end_matches('0');
        let fraction = if fraction.is_empty() { "0" } else { fraction };
        Some(format!("{sign}{}.{fraction}", size / scale))
    }
}

/// The ten-thousandths of what [`Number::decimal`] has written.
pub(super) fn scaled(decimal: &str) -> Option<i128> {
    let (whole, fraction) = decimal.split_once('.')?;
    format!("{whole}{fraction:0<DECIMALS$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_is_read_exactly() {
        for (written, scaled, currency) in [
            ("500", 5_000_000, None),
            ("$500", 5_000_000, Some("USD")),
            ("€1,000.50", 10_005_000, Some("EUR")),
            ("500USD", 5_000_000, Some("USD")),
            ("1,000,000", 10_000_000_000, None),
            ("500k", 5_000_000_000, None),
            ("$1M", 10_000_000_000, Some("USD")),
            ("1.5k", 15_000_000, None),
            ("0.125", 1_250, None),
            ("-3", -30_000, None),
            ("10.0", 100_000, None),
        ] {
            let told = read(written).map(|number| (number.scaled, number.currency, number.percent));
            assert_eq!(told, Some((scaled, currency, false)), "{written}");
        }
        let by = |written| read(written).map(|number| number.by);
        assert_eq!(
            [by("500"), by("500k"), by("$1M")],
            [1, 1_000, 1_000_000].map(Some)
        );
        assert!(read("5%").is_some_and(|number| number.percent));
    }

    #[test]
    fn what_is_no_number_or_two_is_refused() {
        for written in [
            "",
            "$",
            "five",
            "1,00",
            "1,0000",
            "1.000",
            "12.345",
            "1.00001",
            "1.2.3",
            "1,000,00",
            "9am",
            "10x",
            ".5",
            "5.",
            "2026-01-01",
            "€5USD",
            "340282366920938463463374607431768211455",
        ] {
            assert_eq!(read(written), None, "{written}");
        }
    }

    #[test]
    fn a_number_is_said_as_long_or_decimal_or_not_at_all() {
        let number = |written: &str| read(written).unwrap();
        assert_eq!(number("1,000").long(), Some(1_000));
        assert_eq!(number("10.5").long(), None);
        assert_eq!(number("99999999999999999999").long(), None);
        assert_eq!(number("1,000").decimal().as_deref(), Some("1000.0"));
        assert_eq!(number("-10.25").decimal().as_deref(), Some("-10.25"));
        assert_eq!(number("999999999999999999").decimal(), None);
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_it_is_written(whole in 0_i64..1_000_000_000, hundredths in 0_i64..100) {
            let grouped = |n: i64| {
                let digits = n.to_string();
                let bytes: Vec<String> = digits.as_bytes().rchunks(3).rev()
                    .map(|group| String::from_utf8(group.to_vec()).unwrap()).collect();
                bytes.join(",")
            };
            let expected = i128::from(whole) * SCALE + i128::from(hundredths) * 100;
            for written in [format!("{whole}.{hundredths:02}"), format!("${}.{hundredths:02}", grouped(whole))] {
                prop_assert_eq!(read(&written).map(|n| n.scaled), Some(expected), "{}", written);
            }
        }
    }
}
