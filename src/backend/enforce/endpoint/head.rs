//! The head of a request: where it goes, and what it says; each thing once.

use super::answer::{Answer, SESSION};
use crate::backend::enforce::protocol::Said;
use crate::backend::listener::{host_name, is_this_machine};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, Uri};

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// Headers that decide something: of two, one program on the way may read the first and another the last.
static ONCE: [HeaderName; 10] = [
    AUTHORIZATION,
    CONTENT_ENCODING,
    CONTENT_TYPE,
    HOST,
    ORIGIN,
    TRANSFER_ENCODING,
    SESSION,
    VERSION,
    METHOD,
    NAME,
];
/// Where the metadata of protected resources are (RFC 9728).
const METADATA: &str = "/.well-known/oauth-protected-resource/";

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'p> {
    /// To the gateway with this id.
    Mcp(&'p str),
    /// To the metadata of the gateway with this id as a protected resource.
    Metadata(&'p str),
}

impl<'p> Route<'p> {
    /// That of a path, compared byte by byte.
    pub(super) fn of(path: &'p str) -> Option<Self> {
        let of_gateway = |path: &'p str| {
            let id = path.strip_suffix("/mcp")?;
            (!id.is_empty() && !id.contains('/')).then_some(id)
        };
        match path.strip_prefix(METADATA) {
            Some(rest) => of_gateway(rest).map(Self::Metadata),
            None => of_gateway(path.strip_prefix('/')?).map(Self::Mcp),
        }
    }
}

/// What the head says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'p> {
    parts: &'p Parts,
    /// The session that is named.
    pub(super) session: Option<&'p str>,
    /// What is said of the message.
    pub(super) said: Said<'p>,
}

impl<'p> Head<'p> {
    /// Reads it.
    pub(super) fn read(parts: &'p Parts) -> Result<Self, Answer> {
        let twice = ONCE
            .iter()
            .find(|name| parts.headers.get_all(*name).iter().nth(1).is_some());
        if let Some(name) = twice {
            return Err(bad_request(&format!("The header {name} is there twice")));
        }
        // Of `gzip, chunked` one program on the way may take both off and another the last.
        let coding = parts.headers.get(TRANSFER_ENCODING);
        if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
            let why = "The only transfer coding is chunked";
            return Err(Answer::plain(StatusCode::NOT_IMPLEMENTED, why));
        }
        let text = |name: &HeaderName| match parts.headers.get(name).map(|value| value.to_str()) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(bad_request(&format!("The header {name} is no text"))),
        };
        Ok(Self {
            parts,
            session: text(&SESSION)?,
            said: Said {
                version: text(&VERSION)?,
                method: text(&METHOD)?,
                name: text(&NAME)?,
            },
        })
    }

    /// That the body is JSON as it is. What it claims to be instead is not guessed at: an odd type must not be a way past
    /// whoever reads bodies (reliability.md 8.1).
    pub(super) fn takes_json(self) -> Result<(), Answer> {
        let unsupported = |why: &str| Err(Answer::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        let encoding = self.parts.headers.get(CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return unsupported("The body must not be encoded");
        }
        let media = self.parts.headers.get(CONTENT_TYPE).map(|media| media.to_str());
        let Some(Ok(media)) = media else {
            return unsupported("The body must have the type application/json");
        };
        let mut parts = media.split(';').map(str::trim);
        let is_json = parts
            .next()
            .is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
        let is_utf_8 = parts.all(|parameter| {
            parameter.split_once('=').is_none_or(|(name, value)| {
                !name.trim().eq_ignore_ascii_case("charset")
                    || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
        });
        if is_json && is_utf_8 {
            Ok(())
        } else {
            unsupported("The body must have the type application/json, in UTF-8")
        }
    }
}

/// By which names the listener may be called: a web page that a browser shows must not reach it through a name of its own
/// (MCP, "Security Warning": DNS rebinding).
#[derive(Clone, Debug)]
pub struct Hosts {
    /// Whether it listens on this machine's own addresses only.
    loopback: bool,
    /// The host of the URL that gateways are told to have.
    announced: String,
}

impl Hosts {
    /// Of a listener whose gateways are said to be at `base`, such as `http://127.0.0.1:8081`.
    pub fn new(loopback: bool, base: &str) -> Self {
        let announced = base
            .parse::<Uri>()
            .ok()
            .and_then(|uri| uri.host().map(str::to_owned));
        Self {
            loopback,
            announced: announced.unwrap_or_default().to_ascii_lowercase(),
        }
    }

    /// Refuses a request that names a foreign host, or that a page of another origin sends.
    pub(super) fn check(&self, parts: &Parts) -> Result<(), Answer> {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.unwrap_or_default();
        // "An origin server MUST ignore the received Host header field" (RFC 9112, 3.2.2); who is on the way may not.
        let target = parts.uri.authority();
        if target.is_some_and(|target| !target.as_str().eq_ignore_ascii_case(host)) {
            return Err(bad_request("The target names another host than the header Host"));
        }
        if self.loopback && !self.is_ours(host) {
            return Err(forbidden(
                "This listener is for this machine; call it by its address",
            ));
        }
        let Some(origin) = parts.headers.get(ORIGIN) else {
            return Ok(());
        };
        let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
        let authority = origin.as_ref().and_then(Uri::authority);
        let same = authority.is_some_and(|authority| {
            authority.as_str().eq_ignore_ascii_case(host) || self.loopback && self.is_ours(authority.as_str())
        });
        if same {
            Ok(())
        } else {
            Err(forbidden("Pages of another origin may not call gateways"))
        }
    }

    /// Whether a host, with or without a port, is this machine, or what gateways are told to be at.
    fn is_ours(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        is_this_machine(&host) || !host.is_empty() && host_name(&host) == self.announced
    }
}

fn bad_request(why: &str) -> Answer {
    Answer::plain(StatusCode::BAD_REQUEST, why)
}

fn forbidden(why: &str) -> Answer {
    Answer::plain(StatusCode::FORBIDDEN, why)
}
