//! What is found about a draft: translated or not, valid or not, and what it does alone (service.md 6.7, 8.4 to 8.7).

use crate::backend::control::defaults::text;
use crate::backend::control::record::{AssetFinding, Definition, StatementText};
use crate::backend::control::statement::{Asked, admit};
use crate::backend::generate::Outcome;
use crate::backend::switches::Switches;
use crate::cedar::{self, Analysis, Schema};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Characters of a statement (service.md 5.10).
const STATEMENT: RangeInclusive<usize> = 35..=10_000;

/// What an asset says of its fragment.
#[derive(Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its statement.
    pub definition: Option<Definition>,
    /// Never empty.
    pub findings: Vec<AssetFinding>,
}

/// A draft that is valid, before its findings are known.
#[derive(Debug)]
pub enum Judging {
    /// It is not to be analysed.
    Done(Judged),
    /// It is valid; what it does alone is a matter of this analysis.
    Valid(Definition, Analysis),
}

/// Judges a draft by the parser, the scope rules and the validator that every statement passes. Its asset's id names it
/// in the texts.
pub fn judge(outcome: Outcome, schema: &Schema, switches: &Switches, asset: &str) -> Judging {
    let statement = match outcome {
        Outcome::NotTranslatable(why) => {
            return Judging::Done(Judged {
                definition: None,
                findings: vec![found("NOT_TRANSLATABLE", Some(text::not_translatable(&why)))],
            });
        }
        Outcome::Statement(statement) => statement,
    };
    // AWS's present assets come under `policy` (service.md section 1).
    let kept = STATEMENT.contains(&statement.chars().count());
    let definition = Definition::Policy(StatementText {
        statement: statement.clone(),
    });
    let invalid = |reasons: Vec<String>| {
        Judging::Done(Judged {
            definition: kept.then(|| definition.clone()),
            findings: reasons
                .into_iter()
                .map(|reason| found("INVALID", Some(reason)))
                .collect(),
        })
    };
    let asked = Asked::Policy(StatementText {
        statement: statement.clone(),
    });
    if let Err(refused) = admit(&asked, switches) {
        return invalid(vec![refused.to_string()]);
    }
    let parsed = match cedar::parse_statement(&statement) {
        Ok(parsed) => parsed,
        Err(failure) => return invalid(vec![failure.aws_text()]),
    };
    let reasons = schema.validate(&parsed, asset);
    if !reasons.is_empty() {
        return invalid(reasons);
    }
    Judging::Valid(definition, Analysis::of_asset(schema, &parsed))
}

impl Judged {
    /// A valid draft, of which this was found: types and sentences.
    pub fn analysed(definition: Definition, findings: impl Iterator<Item = (&'static str, String)>) -> Self {
        let mut findings: Vec<AssetFinding> = findings
            .map(|(finding_type, sentence)| found(finding_type, Some(sentence)))
            .collect();
        if findings.is_empty() {
            findings.push(found("VALID", None));
        }
        Self {
            definition: Some(definition),
            findings,
        }
    }

    /// Whether its fragment was translated.
    pub fn is_translated(&self) -> bool {
        self.definition.is_some()
    }
}

fn found(finding_type: &str, description: Option<String>) -> AssetFinding {
    AssetFinding {
        finding_type: finding_type.to_owned(),
        description,
    }
}

/// How many assets have which finding, such as `1 NOT_TRANSLATABLE, 2 VALID` (`compat.generation-findings`).
pub fn counted(all: &[&Judged]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for judged in all {
        let mut types: Vec<&str> = judged
            .findings
            .iter()
            .map(|finding| finding.finding_type.as_str())
            .collect();
        types.sort_unstable();
        types.dedup();
        for finding_type in types {
            *counts.entry(finding_type).or_default() += 1;
        }
    }
    let told: Vec<String> = counts
        .iter()
        .map(|(finding_type, count)| format!("{count} {finding_type}"))
        .collect();
    told.join(", ")
}
