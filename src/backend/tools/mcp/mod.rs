//! Tools of an MCP server: listed by calling it, or given as a static list (service.md 9.7, 9.9).

mod listing;
mod server;
mod session;
mod stoppable;
#[cfg(test)]
mod tests;
mod words;

pub(super) use listing::tools;
pub(super) use server::list;
pub use session::{McpSession, connect, why};
pub use words::causes;
