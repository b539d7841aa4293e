//! Tools of a Smithy model in its JSON AST (service.md 9.7; DOC(gateway-building-smithy-targets)).
//!
//! Each operation of the one service is a tool: its name is the shape's, its documentation describes it, its input and
//! output structures are the schemas. Members have the names of the model.

mod ast;
mod schema;
#[cfg(test)]
mod tests;

use super::ToolsError;
use super::budget::Budget;
use crate::model::{Protocol, Tool};
use ast::{Ast, name_of};
use schema::Schemas;
use serde_json::{Value, json};

/// The tools of all operations of the service, in the order of the model.
pub(super) fn tools(target: &str, document: &Value) -> Result<Vec<Tool>, ToolsError> {
    let ast = Ast::read(document)?;
    let mut budget = Budget::new();
    ast.operations()?
        .into_iter()
        .map(|operation| tool(target, ast, operation, &mut budget))
        .collect()
}

fn tool(target: &str, ast: Ast<'_>, id: &str, budget: &mut Budget) -> Result<Tool, ToolsError> {
    let operation = ast.shape_of(id, "operation")?;
    let description = ast.documentation(id, operation).unwrap_or_default();
    budget.spend(&json!(description))?;
    let mut structure = |member: &str| {
        let target = operation
            .get(member)
            .and_then(|reference| reference.get("target"))
            .and_then(Value::as_str);
        target
            .map(|target| Schemas::new(ast, budget).whole(target))
            .transpose()
    };
    let input = structure("input")?.unwrap_or_else(|| json!({"type": "object", "properties": {}}));
    let output = structure("output")?;
    Ok(Tool {
        target: target.to_owned(),
        name: name_of(id).to_owned(),
        description: description.to_owned(),
        input,
        output,
        protocol: Protocol::Mcp,
    })
}
