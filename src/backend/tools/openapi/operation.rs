//! One operation of a document, and the tool that it is.

use super::arguments::{Arguments, Formed};
use super::call::Call;
use super::reference::resolve;
use super::schema::Schemas;
use crate::backend::tools::ToolsError;
use crate::backend::tools::budget::Budget;
use crate::backend::tools::document::set;
use crate::backend::tools::error::Place;
use crate::model::{Protocol, Tool};
use serde_json::{Map, Value, json};

/// One method of one path.
#[derive(Debug)]
pub(in crate::backend::tools) struct Operation<'a> {
    pub(super) document: &'a Value,
    /// Its path, such as `/pets/{petId}`.
    pub path: &'a str,
    /// Its method, such as `GET`.
    pub method: &'static str,
    /// The path item that it is in.
    pub(super) item: &'a Value,
    /// What the document says of it.
    pub says: &'a Value,
    /// Where it stands.
    pub place: Place,
}

impl<'a> Operation<'a> {
    /// Its `operationId`.
    pub fn id(&self) -> Option<&'a str> {
        self.text("operationId")
    }

    /// It as a tool of this name; its own words describe it where no others do.
    pub fn tool(
        &self,
        target: &str,
        name: &str,
        description: Option<&str>,
        budget: &mut Budget,
    ) -> Result<Tool, ToolsError> {
        let description = description
            .or_else(|| self.text("description"))
            .or_else(|| self.text("summary"))
            .unwrap_or_default();
        budget.spend(&json!(description))?;
        Ok(Tool {
            target: target.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            input: self.input(budget)?.schema,
            output: self.output(Schemas::new(self.document, budget))?,
            protocol: Protocol::Mcp,
        })
    }

    /// It as it is called over HTTP, by method and path: its argument is the body.
    pub fn over_http(&self, target: &str, budget: &mut Budget) -> Result<Tool, ToolsError> {
        let body = self.says.get("requestBody");
        let mut input = None;
        if let Some(body) = body {
            let (body, place) = resolve(self.document, body, self.place.at("requestBody"))?;
            let mut schemas = Schemas::of_any(self.document, budget);
            input = self.object(body, &place, &mut schemas)?;
            if let (Some(Value::Object(members)), false) =
                (&mut input, body.get("required") == Some(&json!(true)))
            {
                members.remove("required");
            }
        }
        let description = self.text("description").or_else(|| self.text("summary"));
        let description = description.unwrap_or_default();
        budget.spend(&json!(description))?;
        Ok(Tool {
            target: target.to_owned(),
            name: format!("{}:{}", self.method, self.path),
            description: description.to_owned(),
            input: input.unwrap_or_else(|| json!({"type": "object"})),
            output: self.output(Schemas::of_any(self.document, budget))?,
            protocol: Protocol::Http,
        })
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        let text = self.says.get(name).and_then(Value::as_str);
        text.filter(|text| !text.trim().is_empty())
    }

    /// How it is called with the arguments of its tool.
    pub fn call(&self, budget: &mut Budget) -> Result<Call, ToolsError> {
        let Formed { parts, body, .. } = self.input(budget)?;
        let servers =
            [self.says, self.item, self.document].map(|of| of.get("servers").and_then(|list| list.get(0)));
        let server = servers.into_iter().flatten().next();
        Ok(Call {
            method: self.method,
            server: server.map(server_url).unwrap_or_default(),
            path: self.path.to_owned(),
            parts,
            body,
        })
    }

    fn input(&self, budget: &mut Budget) -> Result<Formed, ToolsError> {
        let mut arguments = Arguments::new(self.document, Schemas::new(self.document, budget));
        // A parameter of the operation stands for the one of the path with the same name and place.
        let own = self
            .says
            .get("parameters")
            .map(|list| (list, self.place.at("parameters")));
        let shared = self.item.get("parameters").map(|list| {
            let item = Place::root().at("paths").at(self.path);
            (list, item.at("parameters"))
        });
        for (list, place) in own.into_iter().chain(shared) {
            let list = list.as_array().ok_or_else(|| place.refuse("must be a list"))?;
            for (index, parameter) in list.iter().enumerate() {
                let (parameter, place) = resolve(self.document, parameter, place.at(index))?;
                arguments.parameter(parameter, &place)?;
            }
        }
        if let Some(body) = self.says.get("requestBody") {
            let (body, place) = resolve(self.document, body, self.place.at("requestBody"))?;
            arguments.body(body, &place)?;
        }
        arguments.formed()
    }

    /// The schema of the JSON that a good answer holds: of 200, else of the lowest other 2xx. None when that is no
    /// object, as MCP has it.
    fn output(&self, mut schemas: Schemas<'a, '_>) -> Result<Option<Value>, ToolsError> {
        let responses = self.says.get("responses").and_then(Value::as_object);
        let good = responses.and_then(|responses| {
            let others = responses.iter().filter(|(code, _)| code.starts_with('2'));
            let other = others.min_by_key(|(code, _)| *code);
            responses.get_key_value("200").or(other)
        });
        let Some((code, response)) = good else {
            return Ok(None);
        };
        let place = self.place.at("responses").at(code);
        let (response, place) = resolve(self.document, response, place)?;
        self.object(response, &place, &mut schemas)
    }

    /// The schema of the JSON object that a body or an answer holds; none when it holds something else.
    fn object(
        &self,
        described: &'a Value,
        place: &Place,
        schemas: &mut Schemas<'a, '_>,
    ) -> Result<Option<Value>, ToolsError> {
        let Some((media, schema)) = described.get("content").and_then(json_schema) else {
            return Ok(None);
        };
        let place = place.at("content").at(media).at("schema");
        let (schema, place) = resolve(self.document, schema, place)?;
        let mut written = schemas.schema(schema, &place)?;
        if !is_object(&written) {
            return Ok(None);
        }
        let definitions = schemas.definitions()?;
        set(&mut written, "type", json!("object"));
        with_definitions(&mut written, definitions);
        Ok(Some(written))
    }
}

/// The URL of a server, with the usual values of its variables.
fn server_url(server: &Value) -> String {
    let mut url = server
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let variables = server.get("variables").and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        if let Some(usual) = variable.get("default").and_then(Value::as_str) {
            // Exports of API Gateway say `https://host/{basePath}` and `/prod`.
            let path = usual.trim_start_matches('/');
            url = url.replace(&format!("/{{{name}}}"), &format!("/{path}"));
            url = url.replace(&format!("{{{name}}}"), usual);
        }
    }
    url
}

/// The schema of the JSON in a `content`, with the media type it stands under.
pub(super) fn json_schema(content: &Value) -> Option<(&str, &Value)> {
    let content = content.as_object()?;
    let essence = |media: &str| {
        media
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    };
    let exact = content
        .iter()
        .find(|(media, _)| essence(media) == "application/json");
    let akin = |media: &str| {
        matches!(essence(media).as_str(), "*/*" | "application/*") || essence(media).ends_with("+json")
    };
    let (media, described) = exact.or_else(|| content.iter().find(|(media, _)| akin(media)))?;
    Some((media, described.get("schema")?))
}

/// Whether a schema is one of objects.
pub(super) fn is_object(schema: &Value) -> bool {
    match schema.get("type") {
        Some(kind) => kind == "object",
        None => schema.get("properties").is_some(),
    }
}

/// Adds what a schema refers to.
pub(super) fn with_definitions(schema: &mut Value, definitions: Map<String, Value>) {
    if !definitions.is_empty() {
        set(schema, "$defs", Value::Object(definitions));
    }
}
