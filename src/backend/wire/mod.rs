//! `restJson1` and nothing else: from HTTP to one value and back, driven by the service model.
//!
//! A request is told whose it is (the room `sigv4`), routed (`route`), read (`decode`), checked (`check`, `violation`), its page token opened
//! (`page`), performed by `control`, and its output written (`encode`). All of that is one table derived from
//! `service-model.json` (`model`): this room names no operation but STS's, which is
//! not in the model, and the few with a rate of their own (`rates`).

mod answer;
mod check;
mod decode;
mod encode;
mod model;
mod page;
mod rates;
mod reply;
mod route;
mod server;
mod sts;
#[cfg(test)]
mod tests;
mod unverified;
mod violation;

pub use answer::{Setup, Wire};
pub use model::ModelError;
pub use server::serve;

use crate::backend::script::Catalog;

/// What a fault script may name, out of the model.
///
/// # Errors
/// [`ModelError`] when the embedded model cannot be read.
pub fn catalog() -> Result<Catalog, ModelError> {
    Ok(model::Model::load()?.catalog())
}

/// The first of these texts that the model does not take for a string of the shape of the name that stands with it, such as
/// `TargetName`, with that name.
///
/// # Errors
/// [`ModelError`] when the embedded model cannot be read, or has no such shape.
pub fn refused<'t>(
    texts: impl IntoIterator<Item = (&'static str, &'t str)>,
) -> Result<Option<(&'static str, &'t str)>, ModelError> {
    let model = model::Model::load()?;
    for (name, text) in texts {
        let shape = model.shape_named(name);
        let shape = shape.ok_or_else(|| ModelError::Shape(name.to_owned()))?;
        if !check::takes(shape, text) {
            return Ok(Some((name, text)));
        }
    }
    Ok(None)
}
