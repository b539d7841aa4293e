//! Pages of resources, in the order of creation, then id (service.md section 18, `compat.list-order`).

use super::Control;
use super::clock::Micros;
use super::record::{Body, Stored};
use super::refusal::{Reason, Refusal};
use crate::backend::store::Listing;
use std::fmt;

/// A page of resources.
#[derive(Debug)]
pub struct Page<B: Body> {
    /// The resources.
    pub items: Vec<Stored<B>>,
    /// Where the next page begins; none when nothing more remains.
    pub next: Option<String>,
}

/// A place in a list: behind this resource.
#[derive(Debug, PartialEq, Eq)]
struct Position {
    created: Micros,
    id: String,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created, self.id)
    }
}

impl Position {
    fn parse(text: &str) -> Option<Self> {
        let (created, id) = text.split_once('.')?;
        Some(Self {
            created: created.parse().ok()?,
            id: id.to_owned(),
        })
    }
}

/// Lists the resources of a kind under `parent`, narrowed to `scope` when given.
pub async fn page<B: Body>(
    control: &Control,
    parent: &str,
    scope: Option<&str>,
    limit: u32,
    from: Option<&str>,
) -> Result<Page<B>, Refusal> {
    let after = from.map(|text| {
        Position::parse(text)
            .ok_or_else(|| Refusal::validation(Reason::FieldValidationFailed, "The page token is not valid"))
    });
    let after = after.transpose()?;
    let after = after
        .as_ref()
        .map(|position| (position.created, position.id.as_str()));
    // One more than asked for tells whether more remains.
    let listing = Listing {
        kind: B::KIND,
        parent,
        scope,
        after,
        limit: limit.saturating_add(1),
    };
    let mut items = control.store.page(&listing).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more);
    let next = next.map(|last| {
        Position {
            created: last.created,
            id: last.key.id.clone(),
        }
        .to_string()
    });
    let items = items.into_iter().map(Stored::read).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        let position = Position {
            created: -7,
            id: "a.b-0123456789".to_owned(),
        };
        assert_eq!(Position::parse(&position.to_string()), Some(position));
        for bad in ["", "x", "x.y", "."] {
            assert_eq!(Position::parse(bad), None, "{bad}");
        }
    }
}
