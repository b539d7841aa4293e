//! The two dialects that endpoints of models speak.

use super::prompt::{Part, Speaker};
use serde_json::{Value, json};

/// Tokens of an answer at most.
const MOST_TOKENS: u32 = 8_192;

/// What an endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `POST <url>/chat/completions`, as OpenAI's API and most servers of open models have it.
    OpenAi,
    /// `POST <url>/model/<model>/converse`, as Amazon Bedrock Runtime has it, with a Bedrock API key.
    Converse,
}

impl Dialect {
    /// The segments behind the base URL.
    pub(super) fn path(self, model: &str) -> Vec<&str> {
        match self {
            Self::OpenAi => vec!["chat", "completions"],
            Self::Converse => vec!["model", model, "converse"],
        }
    }

    /// The body of a request.
    pub(super) fn body(self, model: &str, conversation: &[Part]) -> Value {
        match self {
            Self::OpenAi => json!({
                "model": model,
                "temperature": 0,
                "max_tokens": MOST_TOKENS,
                "messages": conversation.iter().map(|part| {
                    let role = match part.speaker {
                        Speaker::System => "system",
                        Speaker::User => "user",
                        Speaker::Model => "assistant",
                    };
                    json!({"role": role, "content": part.text})
                }).collect::<Vec<_>>(),
            }),
            Self::Converse => {
                let of = |speaker: Speaker| conversation.iter().filter(move |part| part.speaker == speaker);
                let messages = conversation
                    .iter()
                    .filter(|part| part.speaker != Speaker::System)
                    .map(|part| {
                        let role = if part.speaker == Speaker::Model {
                            "assistant"
                        } else {
                            "user"
                        };
                        json!({"role": role, "content": [{"text": part.text}]})
                    });
                json!({
                    "system": of(Speaker::System).map(|part| json!({"text": part.text})).collect::<Vec<_>>(),
                    "messages": messages.collect::<Vec<_>>(),
                    "inferenceConfig": {"temperature": 0, "maxTokens": MOST_TOKENS},
                })
            }
        }
    }

    /// The model's text in an answer.
    pub(super) fn text(self, answer: &Value) -> Option<String> {
        match self {
            Self::OpenAi => answer
                .pointer("/choices/0/message/content")?
                .as_str()
                .map(str::to_owned),
            Self::Converse => {
                let content = answer.pointer("/output/message/content")?.as_array()?;
                let texts: Vec<&str> = content
                    .iter()
                    .filter_map(|part| part.get("text")?.as_str())
                    .collect();
                (!texts.is_empty()).then(|| texts.concat())
            }
        }
    }
}
