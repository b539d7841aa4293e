//! What a model answered, read with bounds.

use serde::Deserialize;

/// Drafts of one answer at most.
const MOST_DRAFTS: usize = 100;
/// Characters of a statement (service.md 5.10).
const STATEMENT: std::ops::RangeInclusive<usize> = 35..=10_000;

/// One draft as the model wrote it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Written {
    pub fragment: String,
    pub statement: Option<String>,
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    drafts: Vec<Written>,
}

/// Reads an answer: the JSON object in it, whatever stands around it. Each fragment must be of `text`.
///
/// # Errors
/// A text for the model that says what is wrong.
pub(super) fn read(said: &str, text: &str) -> Result<Vec<Written>, String> {
    let (Some(begin), Some(end)) = (said.find('{'), said.rfind('}')) else {
        return Err("the answer holds no JSON object".to_owned());
    };
    let object = said.get(begin..=end).unwrap_or_default();
    let Answer { drafts } = serde_json::from_str(object)
        .map_err(|error| format!("the answer is not the JSON object that was asked for: {error}"))?;
    if drafts.is_empty() || drafts.len() > MOST_DRAFTS {
        return Err(format!("the answer must hold 1 to {MOST_DRAFTS} drafts"));
    }
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let whole = squeezed(text);
    for (at, draft) in drafts.iter().enumerate() {
        let number = at + 1;
        let fragment = squeezed(&draft.fragment);
        if fragment.is_empty() || !whole.contains(&fragment) {
            return Err(format!(
                "draft {number}: the fragment is not copied from the requirements"
            ));
        }
        let length = draft
            .statement
            .as_ref()
            .map(|statement| statement.chars().count());
        if length.is_some_and(|length| !STATEMENT.contains(&length)) {
            return Err(format!("draft {number}: a statement has 35 to 10000 characters"));
        }
    }
    Ok(drafts)
}
