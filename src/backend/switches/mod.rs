//! What this backend does where nothing public says what AWS does: every row of service.md section 18 as a
//! switch with that name, and the row's default as its default.
//!
//! `table` spells each switch once; names, types, parsing and the table in docs/backend.md come from it. A row
//! that is marked `unread` has a place and a name, but no part of this backend does what its other values say:
//! giving it one is refused, so that nobody believes in a switch that switches nothing.

mod error;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub use error::SwitchError;
pub use table::*;

use crate::model::edits;
use row::Row;
use serde::Deserialize;
use std::collections::BTreeMap;
use table::ROWS;

/// A name that is further from what was written than this many edits is not suggested.
const NEAR: usize = 6;

/// A value in a file: what a person would write without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Bool(bool),
    Number(i64),
    Text(String),
}

impl Switches {
    /// Sets the switches that a YAML or JSON map names; the others stay.
    ///
    /// # Errors
    /// [`SwitchError`] when the text is no such map, or as [`Switches::set`].
    pub fn read(&mut self, text: &str) -> Result<(), SwitchError> {
        // Words such as `on` and `no` are values of switches, and no truths.
        let options = serde_saphyr::options! { strict_booleans: true };
        let values: BTreeMap<String, Scalar> = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| SwitchError::File(error.to_string()))?;
        for (name, value) in values {
            let value = match value {
                Scalar::Bool(value) => value.to_string(),
                Scalar::Number(value) => value.to_string(),
                Scalar::Text(value) => value,
            };
            self.set(&name, &value)?;
        }
        Ok(())
    }

    /// Sets one switch, written `NAME=VALUE`.
    ///
    /// # Errors
    /// [`SwitchError`] when there is no `=`, or as [`Switches::set`].
    pub fn assign(&mut self, text: &str) -> Result<(), SwitchError> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| SwitchError::Assignment(text.to_owned()))?;
        self.set(name, value)
    }

    /// Sets one switch.
    ///
    /// # Errors
    /// [`SwitchError`] when there is no switch of this name, when the value is none that it has, and when it is
    /// not the default of a switch that nothing reads.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SwitchError> {
        let Some(row) = ROWS.iter().find(|row| row.name == name) else {
            return Err(SwitchError::Unknown {
                name: name.to_owned(),
                nearest: nearest(name),
            });
        };
        if !(row.set)(self, value) {
            return Err(SwitchError::Value {
                name: row.name,
                value: value.to_owned(),
                allowed: (row.allowed)(),
            });
        }
        let default = (row.shown)(&Self::default());
        if !row.read && (row.shown)(self) != default {
            return Err(SwitchError::Unread {
                name: row.name,
                number: row.number,
                default,
            });
        }
        Ok(())
    }

    /// All switches as a Markdown table: row of service.md section 18, name, what it settles, values with the
    /// default first.
    #[must_use]
    pub fn table() -> String {
        let defaults = Self::default();
        let rows = ROWS.iter().map(|row| {
            let (what, values) = (row.what.trim(), values(row, &defaults));
            format!("| {} | `{}` | {what} | {values} |\n", row.number, row.name)
        });
        std::iter::once("| row | switch | what it settles | values |\n|---|---|---|---|\n".to_owned())
            .chain(rows)
            .collect()
    }
}

fn values(row: &Row, defaults: &Switches) -> String {
    let default = (row.shown)(defaults);
    if !row.read {
        return format!("`{default}` (nothing reads it yet)");
    }
    let meanings = (row.meanings)();
    if meanings.is_empty() {
        return format!("**`{default}`**; {}", (row.allowed)());
    }
    let told = meanings.iter().map(|(word, meaning)| {
        let mark = if *word == default { "**" } else { "" };
        format!("{mark}`{word}`{mark}: {}", meaning.trim().trim_end_matches('.'))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// The name that was probably meant, if one is near.
fn nearest(name: &str) -> Option<&'static str> {
    let near = ROWS.iter().map(|row| {
        // The part behind the dot alone is near enough.
        let short = row.name.split_once('.').map_or(row.name, |(_, short)| short);
        (edits(name, row.name).min(edits(name, short)), row.name)
    });
    near.min()
        .filter(|(distance, _)| *distance <= NEAR)
        .map(|(_, name)| name)
}
