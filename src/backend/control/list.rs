//! Pages of resources, in the order of creation, then id, or the other way round (service.md section 18,
//! `compat.list-order`).

use super::clock::Micros;
use super::record::{Body, Stored};
use super::refusal::{Reason, Refusal};
use super::{Control, scripted};
use crate::backend::store::{Kind, Listing, Record};
use crate::backend::switches::ListOrder;
use std::fmt;

/// Resources that are read together when all are wanted.
const TOGETHER: u32 = 1000;

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
    fn of(record: &Record) -> Self {
        Self {
            created: record.created,
            id: record.key.id.clone(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (created, id) = text.split_once('.')?;
        Some(Self {
            created: created.parse().ok()?,
            id: id.to_owned(),
        })
    }
}

/// Lists the resources of a kind under `parent`, narrowed to `scope` and those of every scope when given.
pub async fn page<B: Body>(
    control: &Control,
    parent: &str,
    scope: Option<&str>,
    limit: u32,
    from: Option<&str>,
) -> Result<Page<B>, Refusal> {
    page_where(control, parent, scope, |_| true, limit, from).await
}

/// As [`page`], with those resources only that `wanted` takes; pages are full all the same.
pub async fn page_where<B: Body>(
    control: &Control,
    parent: &str,
    scope: Option<&str>,
    wanted: impl Fn(&Record) -> bool + Send,
    limit: u32,
    from: Option<&str>,
) -> Result<Page<B>, Refusal> {
    let after = from.map(|text| {
        Position::parse(text)
            .ok_or_else(|| Refusal::validation(Reason::FieldValidationFailed, "The page token is not valid"))
    });
    let mut after = after.transpose()?;
    let mut items: Vec<Record> = Vec::new();
    // One more than asked for tells whether more remains.
    let limit = limit as usize;
    while items.len() <= limit {
        let missing = limit.saturating_add(1).saturating_sub(items.len());
        let listing = Listing {
            kind: B::KIND,
            parent,
            scope,
            after: after
                .as_ref()
                .map(|position| (position.created, position.id.as_str())),
            limit: u32::try_from(missing).unwrap_or(u32::MAX),
        };
        let order = control.switches.list_order;
        let found = if order == ListOrder::Oldest && scripted::lag().is_none() {
            control.store.page(&listing).await?
        } else {
            control.drawn_page(&listing, order).await?
        };
        let last = found.len() < missing;
        after = found.last().map(Position::of);
        items.extend(found.into_iter().filter(&wanted));
        if last {
            break;
        }
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more);
    let next = next.map(|last| Position::of(last).to_string());
    let items = items.into_iter().map(Stored::read).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

/// All resources of a kind under `parent`, narrowed to `scope` when given.
pub async fn all<B: Body>(
    control: &Control,
    parent: &str,
    scope: Option<&str>,
) -> Result<Vec<Stored<B>>, Refusal> {
    let mut all = Vec::new();
    let mut from = None;
    loop {
        let page = page(control, parent, scope, TOGETHER, from.as_deref()).await?;
        all.extend(page.items);
        from = page.next;
        if from.is_none() {
            return Ok(all);
        }
    }
}

/// All records of a kind under `parent`, narrowed to `scope` and those of every scope when given, as they are kept.
pub async fn records(
    control: &Control,
    kind: Kind,
    parent: &str,
    scope: Option<&str>,
) -> Result<Vec<Record>, Refusal> {
    let mut all: Vec<Record> = Vec::new();
    loop {
        let listing = Listing {
            kind,
            parent,
            scope,
            after: all.last().map(|last| (last.created, last.key.id.as_str())),
            limit: TOGETHER,
        };
        let page = control.store.page(&listing).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
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
