//! Texts of JSON as Cedar's constructors read them, as `cedar-policy-mcp-schema-generator` has it (service.md 10.5).

// A value: what connects to addresses is in `std`.
use core::net::IpAddr;

use serde_json::Number;

/// Days that a year and a month of a duration stand for.
const YEAR: u64 = 365;
const MONTH: u64 = 30;
const WEEK: u64 = 7;

/// A number with at most four digits of fraction; further ones are cut off (service.md 10.5).
pub(super) fn decimal(number: &Number) -> String {
    let plain = match number.as_f64().filter(|_| number.is_f64()) {
        // Never with an exponent.
        Some(float) => format!("{float}"),
        None => number.to_string(),
    };
    match plain.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{}", fraction.get(..4).unwrap_or(fraction)),
        None => format!("{plain}.0"),
    }
}

/// An integer, also one that is written with a fraction of zero.
pub(super) fn long(number: &Number) -> Option<i64> {
    /// All integers up to it are told apart by a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let written = |float: f64| format!("{float:.0}").parse().ok();
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|_| number.is_f64())?;
        (float.fract() == 0.0 && float.abs() <= EXACT)
            .then(|| written(float))
            .flatten()
    })
}

/// A date, or a date and a time; digits beyond milliseconds are cut off, and without a zone it is UTC.
pub(super) fn datetime(text: &str) -> Option<String> {
    if text.len() == 10 {
        return Some(text.to_owned());
    }
    let (date, time, rest) = (text.get(..10)?, text.get(11..19)?, text.get(19..)?);
    if !matches!(text.get(10..11)?, "T" | "t" | " ") {
        return None;
    }
    let zone = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .map_or("", |at| &rest[at..]);
    let millis = match rest.strip_suffix(zone)? {
        "" => String::new(),
        fraction => {
            let digits = fraction.strip_prefix('.').filter(|digits| !digits.is_empty())?;
            format!(".{:0<3}", digits.get(..3).unwrap_or(digits))
        }
    };
    let zone = match zone {
        "" | "z" => "Z".to_owned(),
        zone => zone.replacen(':', "", 1),
    };
    Some(format!("{date}T{time}{millis}{zone}"))
}

/// An ISO 8601 duration; a year is 365 days and a month 30.
pub(super) fn duration(text: &str) -> Option<String> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let ([years, months, weeks, days], rest) = units(date, ['Y', 'M', 'W', 'D'])?;
    let ([hours, minutes], seconds) = units(time, ['H', 'M'])?;
    let (seconds, millis) = match seconds.strip_suffix('S') {
        Some(seconds) => match seconds.split_once(['.', ',']) {
            Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
                let fraction = format!("{fraction:0<3}");
                (whole.parse().ok()?, fraction.get(..3)?.parse().ok()?)
            }
            Some(_) => return None,
            None => (seconds.parse::<u64>().ok()?, 0_u64),
        },
        None if seconds.is_empty() => (0, 0),
        None => return None,
    };
    if !rest.is_empty() {
        return None;
    }
    let days = [
        years.checked_mul(YEAR)?,
        months.checked_mul(MONTH)?,
        weeks.checked_mul(WEEK)?,
    ]
    .into_iter()
    .try_fold(days, u64::checked_add)?;
    Some(format!("{days}d{hours}h{minutes}m{seconds}s{millis}ms"))
}

/// The numbers before these letters, each at most once and in this order, and what follows.
fn units<const N: usize>(text: &str, letters: [char; N]) -> Option<([u64; N], &str)> {
    let mut numbers = [0; N];
    let mut rest = text;
    for (number, letter) in numbers.iter_mut().zip(letters) {
        if let Some((digits, after)) = rest.split_once(letter)
            && digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            *number = digits.parse().ok()?;
            rest = after;
        }
    }
    Some((numbers, rest))
}

/// An IP address; one of version 4 in the clothes of version 6 is one of version 4. A range is left as it is.
pub(super) fn address(text: &str) -> String {
    match text.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => text.to_owned(),
    }
}
