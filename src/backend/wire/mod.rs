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

/// The first of these texts that the model does not take for a string of the shape of this name, such as `TargetName`.
///
/// # Errors
/// [`ModelError`] when the embedded model cannot be read, or has no such shape.
pub fn refused<'t>(
    shape: &str,
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<Option<&'t str>, ModelError> {
    let model = model::Model::load()?;
    let shape = model
        .shape_named(shape)
        .ok_or_else(|| ModelError::Shape(shape.to_owned()))?;
    Ok(texts.into_iter().find(|text| !check::takes(shape, text)))
}
