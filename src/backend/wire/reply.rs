//! Answers as AWS shapes them (service.md 2.6), before they become HTTP.

use super::decode::Unreadable;
use super::model::{Model, Operation};
use super::violation::Violations;
use crate::backend::control::{Reason, Refusal};
use crate::backend::script::Answer;
use crate::backend::switches::{QuotaText, UnknownRoute};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Shape of the error, for the header `x-amzn-ErrorType`.
    pub error: Option<Cow<'static, str>>,
    /// Media type of the body.
    pub media: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// The media type of every answer but those of STS.
pub const JSON: &str = "application/json";

impl Reply {
    /// A good answer.
    pub fn json(status: u16, body: &Value) -> Self {
        let body = if status == 204 {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        Self {
            status,
            error: None,
            media: JSON,
            body,
        }
    }

    /// An error of a shape that the model does not have.
    pub fn error(status: u16, name: &'static str, message: &str) -> Self {
        Self::shaped(status, name, &json!({ "message": message }))
    }

    /// The path and method belong to no operation (service.md section 18, `compat.unknown-route`).
    pub fn unknown_operation(told: UnknownRoute, method: &str, path: &str) -> Self {
        let path: String = path.chars().take(256).collect();
        match told {
            UnknownRoute::UnknownOperation => Self::error(
                404,
                UNKNOWN_OPERATION,
                &format!("No operation answers to {method} {path}"),
            ),
            UnknownRoute::MissingToken => Self::error(403, MISSING_TOKEN, "Missing Authentication Token"),
        }
    }

    /// A request that cannot be read.
    pub fn unreadable(model: &Model, unreadable: Unreadable) -> Self {
        let fields = match unreadable.at {
            at if at.is_empty() => Vec::new(),
            at => vec![(at, unreadable.message.clone())],
        };
        Self::refused(
            model,
            &Refusal::Validation {
                reason: Reason::CannotParse,
                message: unreadable.message,
                fields,
            },
        )
    }

    /// A request that breaks constraints of the model.
    pub fn violated(model: &Model, message: String, violations: Violations) -> Self {
        let (reason, fields) = (Reason::FieldValidationFailed, violations.fields());
        Self::refused(
            model,
            &Refusal::Validation {
                reason,
                message,
                fields,
            },
        )
    }

    /// An operation that was refused.
    pub fn refused(model: &Model, refusal: &Refusal) -> Self {
        let name = shape(refusal);
        let status = model.error_status(name);
        match refusal {
            Refusal::Validation {
                reason,
                message,
                fields,
            } => {
                let fields: Vec<Value> = fields
                    .iter()
                    .map(|(name, text)| json!({"name": name, "message": text}))
                    .collect();
                let mut body = Map::new();
                body.insert("message".to_owned(), message.as_str().into());
                body.insert("reason".to_owned(), reason.as_str().into());
                if !fields.is_empty() {
                    body.insert("fieldList".to_owned(), fields.into());
                }
                Self::shaped(status.unwrap_or(400), name, &body.into())
            }
            Refusal::NotServed(_) => Self::error(404, name, &refusal.to_string()),
            // What went wrong inside is for the log, not for the caller.
            Refusal::Store(_) | Refusal::Fault(_) => {
                tracing::error!(error = %refusal, "an operation failed");
                Self::internal(model)
            }
            Refusal::NotFound(_) | Refusal::Conflict(_) | Refusal::Quota(_) | Refusal::Denied(_) => {
                Self::error(status.unwrap_or(400), name, &refusal.to_string())
            }
        }
    }

    /// A fault of this program.
    pub fn internal(model: &Model) -> Self {
        let message = "The service could not complete the request because of an internal error";
        Self::error(model.error_status(INTERNAL).unwrap_or(500), INTERNAL, message)
    }

    /// What the fault script answers with.
    pub fn scripted(answer: Answer) -> Self {
        let mut body = json!({ "message": answer.message });
        if let (Some(reason), Some(body)) = (answer.reason, body.as_object_mut()) {
            body.insert("reason".to_owned(), reason.into());
        }
        Self::shaped(answer.status, answer.error, &body)
    }

    /// A call beyond the rate of its operation (service.md section 13, `compat.quota-text`).
    pub fn throttled(model: &Model, told: QuotaText, operation: &Operation, rate: u32) -> Self {
        let message = match told {
            QuotaText::Full => format!(
                "Rate exceeded: {} may be called {rate} times a second",
                operation.name
            ),
            QuotaText::Short => "Rate exceeded".to_owned(),
        };
        Self::error(model.error_status(THROTTLED).unwrap_or(429), THROTTLED, &message)
    }

    fn shaped(status: u16, name: impl Into<Cow<'static, str>>, body: &Value) -> Self {
        Self {
            status,
            error: Some(name.into()),
            media: JSON,
            body: body.to_string().into_bytes(),
        }
    }
}

const UNKNOWN_OPERATION: &str = "UnknownOperationException";
const MISSING_TOKEN: &str = "MissingAuthenticationTokenException";
const THROTTLED: &str = "ThrottlingException";
const INTERNAL: &str = "InternalServerException";

/// The shape of a refusal; the model has its HTTP status.
fn shape(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Validation { .. } => "ValidationException",
        Refusal::NotFound(_) => "ResourceNotFoundException",
        Refusal::Conflict(_) => "ConflictException",
        Refusal::Quota(_) => "ServiceQuotaExceededException",
        Refusal::Denied(_) => "AccessDeniedException",
        Refusal::NotServed(_) => UNKNOWN_OPERATION,
        Refusal::Store(_) | Refusal::Fault(_) => INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(reply: &Reply) -> Value {
        serde_json::from_slice(&reply.body).unwrap()
    }

    #[test]
    fn every_class_has_the_status_of_the_model() {
        let model = Model::load().unwrap();
        let text = || "why".to_owned();
        for (refusal, status, name) in [
            (
                Refusal::validation(Reason::CannotParse, "why"),
                400,
                "ValidationException",
            ),
            (Refusal::Quota(text()), 402, "ServiceQuotaExceededException"),
            (Refusal::Denied(text()), 403, "AccessDeniedException"),
            (Refusal::NotFound(text()), 404, "ResourceNotFoundException"),
            (Refusal::NotServed(text()), 404, "UnknownOperationException"),
            (Refusal::Conflict(text()), 409, "ConflictException"),
            (Refusal::Fault(text()), 500, "InternalServerException"),
        ] {
            let reply = Reply::refused(&model, &refusal);
            assert_eq!((reply.status, reply.error.as_deref()), (status, Some(name)));
            assert!(!body(&reply)["message"].as_str().unwrap().is_empty());
        }
    }

    #[test]
    fn a_validation_error_has_a_reason_and_says_which_fields() {
        let model = Model::load().unwrap();
        let reply = Reply::refused(
            &model,
            &Refusal::Validation {
                reason: Reason::FieldValidationFailed,
                message: "1 validation error".to_owned(),
                fields: vec![("/name".to_owned(), "too long".to_owned())],
            },
        );
        assert_eq!(
            body(&reply),
            json!({"message": "1 validation error", "reason": "FieldValidationFailed",
                   "fieldList": [{"name": "/name", "message": "too long"}]})
        );
    }

    #[test]
    fn inner_faults_are_not_told_to_the_caller() {
        let model = Model::load().unwrap();
        let reply = Reply::refused(&model, &Refusal::Fault("secret".to_owned()));
        assert!(!String::from_utf8(reply.body).unwrap().contains("secret"));
    }
}
