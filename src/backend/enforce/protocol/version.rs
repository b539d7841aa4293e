//! Versions of the Model Context Protocol, and which one a request speaks.
//!
//! Up to 2025-11-25 a client begins with `initialize`, and a header names the version that was agreed on. From 2026-07-28
//! on there is no beginning: each request names its version in `_meta` and again in a header, and its method and the name
//! of what it is about in headers too. What headers and body say must be the same: somebody on the way may have looked at
//! the headers alone.

use super::error::RpcError;
use super::message::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{ProtocolVersion, RequestMetaObject};
use serde_json::{Map, Value};

/// What a request without any word of its version speaks (MCP, "Protocol Version Header").
const UNSAID: ProtocolVersion = ProtocolVersion::V_2025_03_26;
/// The member of `_meta` that names the version.
const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// Methods with a name in `Mcp-Name`, and the parameter that it is.
const NAMED: [(&str, &str); 3] = [
    ("tools/call", "name"),
    ("prompts/get", "name"),
    ("resources/read", "uri"),
];

/// A version that this gateway speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(ProtocolVersion);

/// The versions of one gateway, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions(Vec<ProtocolVersion>);

/// What the headers of a request say about it; each is there once at most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'h> {
    /// `MCP-Protocol-Version`.
    pub version: Option<&'h str>,
    /// `Mcp-Method`.
    pub method: Option<&'h str>,
    /// `Mcp-Name`.
    pub name: Option<&'h str>,
}

impl Versions {
    /// Those of a gateway: of the ones in its `supportedVersions`, or of all, those that are known here. The version of
    /// 2024-11-05 has another transport.
    pub fn of(mcp: Option<&Value>) -> Self {
        let wanted = mcp
            .and_then(|mcp| mcp.get("supportedVersions"))
            .and_then(Value::as_array)
            .filter(|wanted| !wanted.is_empty());
        let is_wanted = |version: &&ProtocolVersion| {
            **version != ProtocolVersion::V_2024_11_05
                && wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == version.as_str()))
        };
        Self(
            ProtocolVersion::KNOWN_VERSIONS
                .iter()
                .filter(is_wanted)
                .cloned()
                .collect(),
        )
    }

    /// Their names.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(ProtocolVersion::as_str).collect()
    }

    /// The version that `initialize` agrees on: the one that is asked for, or the newest that has an `initialize`.
    ///
    /// # Errors
    /// -32022 when no version of this gateway has one, -32602 when none is asked for.
    pub fn agree(&self, params: &Map<String, Value>) -> Result<Version, RpcError> {
        let Some(asked) = params.get("protocolVersion").and_then(Value::as_str) else {
            return Err(RpcError::invalid_params("initialize needs a protocolVersion"));
        };
        let beginning = || self.0.iter().filter(|version| version.has_initialize());
        beginning()
            .find(|version| version.as_str() == asked)
            .or_else(|| beginning().next_back())
            .cloned()
            .map(Version)
            .ok_or_else(|| self.unsupported(asked))
    }

    /// The version that a request other than `initialize` speaks; `agreed` is that of its session.
    ///
    /// # Errors
    /// -32022 for a version that the gateway does not speak, -32020 when header and body differ, -32602 when what that
    /// version wants is missing.
    pub fn of_request(
        &self,
        request: &Request,
        said: Said<'_>,
        agreed: Option<&Version>,
    ) -> Result<Version, RpcError> {
        let meta = match request.params.get("_meta") {
            Some(Value::Object(meta)) => Some(meta),
            Some(_) => return Err(RpcError::invalid_params("The member _meta must be an object")),
            None => None,
        };
        let in_meta = meta
            .and_then(|meta| meta.get(PROTOCOL_VERSION))
            .and_then(Value::as_str);
        match (said.version, in_meta) {
            (Some(header), Some(meta)) if header != meta => {
                return Err(RpcError::header_mismatch(
                    "MCP-Protocol-Version and the protocolVersion of _meta differ",
                ));
            }
            (None, Some(_)) => {
                return Err(RpcError::header_mismatch(
                    "A protocolVersion in _meta needs the header MCP-Protocol-Version",
                ));
            }
            (Some(_) | None, _) => {}
        }
        let named = said.version.or(agreed.map(Version::as_str));
        let named = named.unwrap_or(UNSAID.as_str());
        let version = self.0.iter().find(|version| version.as_str() == named);
        let version = version.ok_or_else(|| self.unsupported(named))?;
        if !version.has_initialize() {
            whole(meta, version)?;
            same_in_headers(request, said)?;
        }
        Ok(Version(version.clone()))
    }

    fn unsupported(&self, asked: &str) -> RpcError {
        let asked: String = asked.chars().take(64).collect();
        RpcError::unsupported_version(&asked, &self.names())
    }
}

impl Version {
    /// Its name, which is a date.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether its clients begin with `initialize`.
    pub fn has_initialize(&self) -> bool {
        self.0.has_initialize()
    }
}

/// That the `_meta` of a request without a beginning says what it must.
fn whole(meta: Option<&Map<String, Value>>, version: &ProtocolVersion) -> Result<(), RpcError> {
    let meta = Value::Object(meta.cloned().unwrap_or_default());
    let meta: RequestMetaObject = serde_json::from_value(meta)
        .map_err(|error| RpcError::invalid_params(format!("The member _meta cannot be read: {error}")))?;
    let missing = meta.missing_required_keys(version);
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    Err(RpcError::invalid_params(format!(
        "The member _meta lacks {missing}"
    )))
}

/// That headers say the same as the body.
fn same_in_headers(request: &Request, said: Said<'_>) -> Result<(), RpcError> {
    if said.method != Some(request.method.as_str()) {
        return Err(RpcError::header_mismatch(
            "Mcp-Method must be there and be the method",
        ));
    }
    let named = NAMED.iter().find(|(method, _)| *method == request.method);
    let Some((_, parameter)) = named else {
        return Ok(());
    };
    let name = request.params.get(*parameter).and_then(Value::as_str);
    let header = said.name.and_then(decoded);
    if header.is_some() && header.as_deref() == name {
        return Ok(());
    }
    Err(RpcError::header_mismatch(format!(
        "Mcp-Name must be there and be the {parameter}"
    )))
}

/// A header value that may be in Base64, as texts are that no header can hold.
fn decoded(value: &str) -> Option<String> {
    let encoded = value
        .strip_prefix("=?base64?")
        .and_then(|value| value.strip_suffix("?="));
    match encoded {
        Some(encoded) => String::from_utf8(STANDARD.decode(encoded).ok()?).ok(),
        None => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NEW: &str = "2026-07-28";

    fn request(method: &str, params: Value) -> Request {
        let Value::Object(params) = params else {
            panic!("no parameters")
        };
        Request {
            id: json!(1),
            method: method.to_owned(),
            params,
        }
    }

    fn meta(version: &str) -> Value {
        json!({
            PROTOCOL_VERSION: version,
            "io.modelcontextprotocol/clientCapabilities": {},
        })
    }

    #[test]
    fn a_gateway_speaks_what_it_was_told_to_of_what_is_known() {
        let all = ["2025-03-26", "2025-06-18", "2025-11-25", NEW];
        assert_eq!(Versions::of(None).names(), all);
        assert_eq!(Versions::of(Some(&json!({"supportedVersions": []}))).names(), all);
        let some = json!({"supportedVersions": ["1999-01-01", "2025-06-18", "2024-11-05"]});
        assert_eq!(Versions::of(Some(&some)).names(), ["2025-06-18"]);
    }

    #[test]
    fn initialize_agrees_on_the_version_that_is_asked_for_or_the_newest_that_begins_so() {
        let agree = |versions: &Versions, asked: &str| {
            let params = request("initialize", json!({"protocolVersion": asked})).params;
            versions.agree(&params).map(|version| version.as_str().to_owned())
        };
        let all = Versions::of(None);
        for (asked, agreed) in [
            ("2025-03-26", "2025-03-26"),
            ("2025-06-18", "2025-06-18"),
            ("2024-11-05", "2025-11-25"),
            (NEW, "2025-11-25"),
            ("2099-01-01", "2025-11-25"),
        ] {
            assert_eq!(agree(&all, asked).unwrap(), agreed, "{asked}");
        }
        let new = Versions::of(Some(&json!({"supportedVersions": [NEW]})));
        assert_eq!(agree(&new, "2025-06-18").unwrap_err().code, -32022);
        assert_eq!(all.agree(&Map::new()).unwrap_err().code, -32602);
    }

    #[test]
    fn an_old_request_speaks_what_its_header_or_its_session_says() {
        let all = Versions::of(None);
        let list = request("tools/list", json!({}));
        let of = |versions: &Versions, header, agreed: Option<&Version>| {
            let said = Said {
                version: header,
                ..Said::default()
            };
            let version = versions.of_request(&list, said, agreed);
            version
                .map(|version| version.as_str().to_owned())
                .map_err(|error| error.code)
        };
        let agreed = Version(ProtocolVersion::V_2025_06_18);
        assert_eq!(of(&all, None, None).unwrap(), "2025-03-26");
        assert_eq!(of(&all, None, Some(&agreed)).unwrap(), "2025-06-18");
        assert_eq!(of(&all, Some("2025-11-25"), Some(&agreed)).unwrap(), "2025-11-25");
        assert_eq!(of(&all, Some("2099-01-01"), None), Err(-32022));
        let newer = Versions::of(Some(&json!({"supportedVersions": ["2025-06-18"]})));
        assert_eq!(of(&newer, None, None), Err(-32022));
        // The new one wants more.
        assert_eq!(of(&all, Some(NEW), None), Err(-32602));
    }

    #[test]
    fn what_headers_say_of_a_new_request_is_what_its_body_says() {
        let all = Versions::of(None);
        let call = |params: Value| request("tools/call", params);
        let good = || call(json!({"name": "a___b", "_meta": meta(NEW)}));
        let said = Said {
            version: Some(NEW),
            method: Some("tools/call"),
            name: Some("a___b"),
        };
        let code =
            |request: &Request, said| all.of_request(request, said, None).map(drop).map_err(|e| e.code);
        assert_eq!(code(&good(), said), Ok(()));
        let encoded = Said {
            name: Some("=?base64?YV9fX2I=?="),
            ..said
        };
        assert_eq!(code(&good(), encoded), Ok(()));
        for (request, said, expected) in [
            (good(), Said { method: None, ..said }, -32020),
            (
                good(),
                Said {
                    method: Some("ping"),
                    ..said
                },
                -32020,
            ),
            (good(), Said { name: None, ..said }, -32020),
            (
                good(),
                Said {
                    name: Some("a___c"),
                    ..said
                },
                -32020,
            ),
            (
                good(),
                Said {
                    name: Some("A___b"),
                    ..said
                },
                -32020,
            ),
            (
                good(),
                Said {
                    name: Some("=?base64?!?="),
                    ..said
                },
                -32020,
            ),
            (
                good(),
                Said {
                    version: Some("2025-11-25"),
                    ..said
                },
                -32020,
            ),
            (
                good(),
                Said {
                    version: None,
                    ..said
                },
                -32020,
            ),
            (call(json!({"_meta": meta(NEW)})), said, -32020),
            (
                call(json!({"_meta": meta(NEW)})),
                Said { name: None, ..said },
                -32020,
            ),
            (call(json!({"name": "a___b", "_meta": 1})), said, -32602),
            (call(json!({"name": "a___b"})), said, -32602),
        ] {
            assert_eq!(code(&request, said), Err(expected), "{request:?} {said:?}");
        }
    }
}
