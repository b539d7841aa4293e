//! In what an argument counts, as far as its name and description say: in whole units of a currency, in percent, or in a unit.
//!
//! A description is believed only where it says so in plain words: `Amount in US dollars`, `Weight (kg)`. Where something stands
//! beside the currency or the unit (`Hong Kong dollars`, `nautical miles`, `km/h`), or the numbers in it can tell another scale
//! (`100 means $1.00`), it is not.

use super::description::{Piece, pieces};
use super::{Field, MONEY, leaf, split, stems};
use crate::backend::generate::deterministic::numbers;
use crate::backend::generate::deterministic::values::listed;
use std::collections::BTreeSet;

/// Words by which an argument counts in something else than a whole unit of a currency.
const SCALES: &str = "
    k m multiplied implied decimals subunit subunits local change delta difference annual smallest minor micro micros
    hundred hundreds thousand thousands million millions fraction ratio bps point points token tokens btc eth bitcoin
    crypto percent hundredth hundredths tenth tenths thousandth thousandths ten tens dozen dozens billion billions
    trillion trillions bn mn mm mio mil mrd lakh lakhs lac lacs crore crores cr basis pip pips scale scaled exponent
    shifted times factor x per each grand decimal subcent subcents
";
/// Other currencies than those that a sentence may name.
const OTHER_CURRENCIES: &str = "
    aed afn amd ang aoa ars aud awg azn bbd bdt bgn bhd bif bmd bnd brl bsd btn bwp byn bzd cdf clp cop crc cve czk djf
    dkk dop dzd egp ern etb fjd fkp ghs gip gmd gnf gtq gyd hkd hnl htg huf idr ils iqd irr isk jmd jod kes kgs khr kmf
    kpw krw kwd kyd kzt lbp lkr lrd lsl lyd mdl mga mkd mmk mnt mru mur mvr mwk mxn myr mzn ngn nio nok npr nzd omr pab
    pgk php pkr pln pyg qar ron rsd rub rwf scr sdg sek sgd shp sle srd ssp svc syp szl thb tjs tmt tnd ttd twd tzs uah
    ugx uyu uzs ves vnd vuv xaf xcd xof xpf yer zar zmw zwl cnh rmb btc eth usdc usdt dai xrp doge bnb pound pounds
    sterling franc francs yuan peso pesos krona rupee won renminbi kronor krone kroner koruna rand baht reais ringgit dong
    zloty forint lira shekel shekels dirham riyal rial dinar naira shilling shillings cedi ruble rubles rouble roubles
    hryvnia tenge leu lev rupiah taka birr kwacha bitcoin bitcoins satoshi satoshis sats wei gwei ether stablecoin
    stablecoins coin coins
";
/// More spellings of units, by which an argument counts in another than a sentence names.
const SPELLINGS: &str = "
    ms msec millisecond milliseconds microsecond microseconds nanosecond nanoseconds sec secs min mins hr hrs mg oz lb lbs
    ton tons tonne tonnes kib mib gib tb tib mm cm meter mile kilometer ft feet inch inches fraction ratio decimal bps
    micro micros megabytes gigabytes kilobytes
";
/// Units that are a hundredth of a currency's.
const MINOR: &str = "cent cents pence pennies minor";
/// More words that stand beside money, in a name or a description.
const WORTH: &str = "
    value worth money dollars charge spend salary revenue income refund premium coverage deposit withdrawal transfer loan
    bid
";
/// Words of a name with which a unit is another one.
const QUALIFIERS: &str = "
    business working work nautical square sq cubic half quarter light dog fiscal trading man person school per
";
/// Words by which a number stands for another one.
const MEANING: &str = "mean means represent represents equal equals correspond corresponds stands";
/// Words of capitals that are no currency.
const ABBREVIATIONS: &str = "
    API URL URI UTC GMT VAT GST SKU PDF ISO MCP AWS IAM CRM ERP SQL KYC AML POS ATM PIN OTP USA UUID JSON HTTP HTTPS MAX MIN NOT
    AND THE FOR EACH ONLY MUST ACH SEPA IBAN SWIFT
";
/// Units; those that an argument counts in are dropped.
pub(in super::super) const UNITS: [&str; 48] = [
    "item",
    "items",
    "unit",
    "units",
    "piece",
    "pieces",
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "gram",
    "grams",
    "kg",
    "kilogram",
    "kilograms",
    "pound",
    "pounds",
    "km",
    "kilometers",
    "miles",
    "meters",
    "percent",
    "points",
    "people",
    "persons",
    "seats",
    "records",
    "rows",
    "bytes",
    "kb",
    "mb",
    "gb",
    "characters",
    "words",
    "tokens",
    "shares",
    "nights",
    "cents",
];

/// Whether the number may stand for this argument without its unit: the argument counts in that very unit, or in the
/// currency that was named. Where its words say another currency or a part of one, or nothing of money, it does not; nor
/// where they say two units (`in minutes, at most 24 hours`) and its name none.
pub(in super::super) fn counts_in(field: &Field, currency: Option<&str>, unit: Option<&str>) -> bool {
    let said = Said::of(field);
    match (currency, unit) {
        (Some(code), _) => said.is_money_in(code),
        (None, Some(unit)) => said.is_in_unit(unit),
        (None, None) => true,
    }
}

/// Whether the argument may count in thousands, hundredths or the like, as far as its name and description say.
pub(in super::super) fn is_scaled(field: &Field) -> bool {
    let said = Said::of(field);
    said.has(SCALES) || said.has(MINOR)
}

/// Whether its description says which of its numbers is the highest.
pub(in super::super) fn is_ranked(field: &Field) -> bool {
    const RANKS: [&str; 6] = [
        "highest",
        "lowest",
        "most urgent",
        "most severe",
        "most important",
        "most critical",
    ];
    let described = field.description.to_lowercase();
    let is_numbered = described.contains(|c: char| c.is_ascii_digit());
    is_numbered && RANKS.iter().any(|rank| described.contains(rank))
}

/// That the argument is not known to count in this unit, as the end of a refusal.
pub(in super::super) fn of_another_unit(field: &Field, unit: &str) -> String {
    let said = Said::of(field);
    let counts = said.units();
    let mut own = said.name.iter().chain(&said.words);
    let name = leaf(field);
    match own.find(|word| counts.len() == 1 && stems(word).iter().all(|stem| counts.contains(stem))) {
        Some(own) if counts.iter().cloned().ne(stems(unit)) => {
            format!("`{name}` counts in {own}, and a sentence must say it so")
        }
        _ => format!("nothing tells that `{name}` counts in {unit}; say the number as the argument has it"),
    }
}

/// What an argument's name and description say.
struct Said<'f> {
    /// The words of its name.
    name: Vec<String>,
    /// Those of its description.
    words: Vec<String>,
    pieces: Vec<Piece<'f>>,
    description: &'f str,
}

impl<'f> Said<'f> {
    fn of(field: &'f Field) -> Self {
        Self {
            name: split(leaf(field)),
            words: split(&field.description.to_lowercase()),
            pieces: pieces(&field.description),
            description: &field.description,
        }
    }

    /// Whether one of these words is in it, in whatever form.
    fn has(&self, list: &str) -> bool {
        let listed: Vec<String> = list.split_whitespace().flat_map(stems).collect();
        let mut own = self.name.iter().chain(&self.words);
        own.any(|word| stems(word).iter().any(|stem| listed.contains(stem)))
    }

    /// Whether it says that a number stands for another one: `1 = 100%`.
    fn tells_a_meaning(&self) -> bool {
        self.description.contains('=') || self.has(MEANING)
    }

    fn is_money_in(&self, code: &str) -> bool {
        let named: BTreeSet<&str> = self
            .name
            .iter()
            .chain(&self.words)
            .filter_map(|word| numbers::currency(word))
            .chain(
                self.pieces
                    .iter()
                    .filter_map(|piece| numbers::currency(piece.text)),
            )
            .collect();
        let otherwise = [MINOR, SCALES, OTHER_CURRENCIES]
            .iter()
            .any(|list| self.has(list))
            || self.tells_a_meaning();
        let is_plain = self.pieces.iter().enumerate().all(|(at, piece)| {
            let is_currency = numbers::currency(piece.text).is_some();
            let is_sign = is_currency && piece.is_sign();
            let alone = if is_sign {
                self.is_a_sign_of_its_own(at)
            } else {
                !is_currency || self.stands_alone(at)
            };
            alone && (!piece.has_digits() || self.is_a_limit(at)) && !is_another_code(piece, code)
        });
        let is_numbered = self
            .name
            .iter()
            .any(|word| word.contains(|c: char| c.is_ascii_digit()));
        // `rand (ZA)` stands behind `in`, and so does `the customer's currency`.
        let is_told = !named.is_empty() || !self.is_in_something() && !self.has("currency");
        let counts_otherwise =
            !units_of(&self.name).is_empty() || self.has("percent") || self.description.contains('%');
        let is_money =
            named.contains(code) || !counts_otherwise && (self.has(&MONEY.join(" ")) || self.has(WORTH));
        named.iter().all(|named| *named == code)
            && !otherwise
            && is_plain
            && !is_numbered
            && is_told
            && is_money
            && self.has_no_other_dollars()
    }

    /// `canadianDollars`.
    fn has_no_other_dollars(&self) -> bool {
        const BEFORE: &str = "us american usa in max min limit maximum minimum new whole";
        self.name.windows(2).all(|pair| {
            let [before, word] = pair else { return true };
            let is_money = || {
                let worth = WORTH.split_whitespace();
                MONEY.into_iter().chain(worth).any(|money| money == before)
            };
            !matches!(word.as_str(), "dollar" | "dollars" | "rupees") || listed(BEFORE, before) || is_money()
        })
    }

    /// Whether it says in what it counts, or may: `in tens`, but not `in total`.
    fn is_in_something(&self) -> bool {
        const NOTHING: &str = "total full question all";
        let lows: Vec<&str> = self.pieces.iter().map(|piece| piece.low.as_str()).collect();
        lows.windows(2)
            .any(|pair| matches!(pair, ["in", behind] if !listed(NOTHING, behind)))
    }

    fn is_in_unit(&self, unit: &str) -> bool {
        let said = stems(unit);
        let is_percent = said == stems("percent");
        let fits = self.pieces.iter().enumerate().all(|(at, piece)| {
            let is_it = stems(&piece.low) == said || is_percent && piece.text == "%";
            let behind_a_number = at > 0 && self.pieces.get(at - 1).is_some_and(Piece::has_digits);
            !is_it || is_percent && behind_a_number || self.stands_alone(at)
        });
        let shares = |piece: &Piece<'_>| !piece.has_digits() || matches!(piece.text, "0" | "100");
        let qualified = self.name.iter().any(|word| listed(QUALIFIERS, word));
        let is_whole = !is_percent || self.pieces.iter().all(shares);
        self.units().into_iter().eq(said) && fits && is_whole && !qualified && !self.tells_a_meaning()
    }

    /// The units that it counts in: those of its name, or else those of its description.
    fn units(&self) -> BTreeSet<String> {
        let by_name = units_of(&self.name);
        if !by_name.is_empty() {
            return by_name;
        }
        let all: Vec<String> = self.name.iter().chain(&self.words).cloned().collect();
        let percent = self.description.contains('%').then(|| "percent".to_owned());
        units_of(&all).into_iter().chain(percent).collect()
    }
}

/// The units among these words, each as of one.
fn units_of(words: &[String]) -> BTreeSet<String> {
    let all = UNITS.into_iter().chain(SPELLINGS.split_whitespace());
    let all: Vec<String> = all.flat_map(stems).collect();
    let said = words.iter().flat_map(|word| stems(word));
    let found = said.filter(|word| all.contains(word));
    // `in g`, where other letters are no units.
    let behind_in = words.windows(2).filter_map(|pair| match pair {
        [before, letter] if before == "in" && letter.len() == 1 => Some(letter.clone()),
        _ => None,
    });
    found.chain(behind_in).collect()
}

/// Whether it can be the code of another currency than this: `TWD`, `USDC`.
fn is_another_code(piece: &Piece<'_>, code: &str) -> bool {
    let is_a_code = (3..=5).contains(&piece.text.len()) && piece.text.chars().all(|c| c.is_ascii_uppercase());
    is_a_code && !listed(ABBREVIATIONS, piece.text) && numbers::currency(piece.text) != Some(code)
}

impl Said<'_> {
    fn low(&self, at: Option<usize>) -> Option<&str> {
        at.and_then(|at| self.pieces.get(at))
            .map(|piece| piece.low.as_str())
    }

    /// Whether nothing beside this word makes it another currency or unit: it stands behind `in`, in brackets, or first.
    fn stands_alone(&self, at: usize) -> bool {
        const BESIDE: &str = "us u.s usa american united states whole full the";
        const COUNTS: &str = "number count amount sum total value quantity many much";
        let begins = (0..=at)
            .rev()
            .find(|begin| {
                !self
                    .low(begin.checked_sub(1))
                    .is_some_and(|before| listed(BESIDE, before))
            })
            .unwrap_or(at);
        let before = begins.checked_sub(1);
        let stands = match self.low(before) {
            None | Some("in" | "as" | "many" | "much") => true,
            Some("of") => self
                .low(begins.checked_sub(2))
                .is_some_and(|counted| listed(COUNTS, counted) || MONEY.contains(&counted)),
            Some(word) => before
                .and_then(|before| self.pieces.get(before).map(|piece| (before, piece)))
                .is_some_and(|(before, piece)| {
                    piece.is_break()
                        || piece.has_digits() && self.is_a_limit(before)
                        || MONEY.contains(&word)
                        || numbers::currency(word).is_some()
                }),
        };
        stands && !self.goes_on(at)
    }

    /// Whether what follows makes another currency or unit of it: `km/h`, `dollars per day`.
    fn goes_on(&self, at: usize) -> bool {
        const MAKING_ANOTHER: &str = "per each a an / * × x ^ ² ³ squared cubed - times";
        self.low(at.checked_add(1))
            .is_some_and(|behind| listed(MAKING_ANOTHER, behind))
    }

    /// `$`, `US$`, but not `A$`.
    fn is_a_sign_of_its_own(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.pieces.get(before));
        let Some(before) = before.filter(|before| !before.is_sign() && before.is_glued) else {
            return !self.goes_on(at);
        };
        (before.text == "US" || before.has_digits()) && !self.goes_on(at)
    }

    /// Whether a number is said to be a limit or a default, and so tells no scale: `at most $500`.
    fn is_a_limit(&self, at: usize) -> bool {
        const LIMITS: &str = "
            max maximum min minimum most least than over under above below exceed exceeds exceeding limit default defaults between
            and to from until > <
        ";
        let text = self.pieces.get(at).map_or("", |piece| piece.text);
        let is_a_number = text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',');
        let before = (0..at).rev().find(|before| {
            let low = self.low(Some(*before)).unwrap_or_default();
            low != ":" && numbers::currency(low).is_none()
        });
        text == "0" || is_a_number && self.low(before).is_some_and(|before| listed(LIMITS, before))
    }
}
