//! Answers and requests as JSON, where the SDK's types would drop what they do not model (reliability.md 2.5).

use crate::model::{Fault, FaultClass};
use crate::operator::decide::Members;
use aws_sdk_bedrockagentcorecontrol as sdk;
use sdk::config::http::HttpRequest;
use sdk::config::interceptors::AfterDeserializationInterceptorContextRef;
use sdk::config::{ConfigBag, Intercept, RuntimeComponents};
use sdk::error::BoxError;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the body of the answer to the call that it intercepts.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer(Arc<Mutex<Vec<u8>>>);

impl Answer {
    /// Its members.
    pub(super) fn members(&self, operation: &'static str) -> Result<Members, Fault> {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::from_slice(&body).map_err(|_| Fault {
            class: FaultClass::Unavailable,
            operation,
            code: String::new(),
            message: "the answer is no JSON object".to_owned(),
        })
    }
}

impl Intercept for Answer {
    fn name(&self) -> &'static str {
        "Answer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(body) = context.response().body().bytes() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body.to_vec();
        }
        Ok(())
    }
}

/// Puts these members into the place of those that the SDK has written, before the request is signed.
pub(super) fn send_instead(members: &Value) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
    let body = members.to_string();
    move |request| {
        request
            .headers_mut()
            .insert("content-length", body.len().to_string());
        *request.body_mut() = body.clone().into();
    }
}
