//! Who asked the API server for what, from its audit log.

use std::fs;

use serde_json::Value;

use super::ControlPlane;

/// One request that the API server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The user, such as `system:serviceaccount:NAMESPACE:NAME`.
    pub user: String,
    /// The verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The plural of the kind.
    pub resource: String,
    /// The subresource; empty if none.
    pub subresource: String,
    /// The namespace; empty if none.
    pub namespace: String,
    /// The object's name; empty for lists, and for creates of a generated name.
    pub name: String,
    /// The HTTP status of the answer.
    pub code: u64,
}

impl Request {
    /// Whether it changed something.
    pub fn is_write(&self) -> bool {
        matches!(
            self.verb.as_str(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        ) && (200..300).contains(&self.code)
    }

    /// Whether RBAC refused it.
    pub fn is_forbidden(&self) -> bool {
        self.code == 403
    }
}

impl ControlPlane {
    /// All requests for objects so far, in the order they were answered. A watch is told when it ends.
    ///
    /// A line is written when its answer is complete, so the newest request may be missing for an
    /// instant: wait for the number that is expected.
    pub fn requests(&self) -> Vec<Request> {
        let bytes = fs::read(self.audit_log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().filter_map(parse).collect()
    }

    /// The writes to one object by users whose name contains `user`, status included, events not.
    pub fn writes(&self, user: &str, resource: &str, namespace: &str, name: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| {
            request.is_write()
                && request.user.contains(user)
                && request.resource == resource
                && request.namespace == namespace
                && request.name == name
        });
        requests
    }
}

fn parse(line: &str) -> Option<Request> {
    let event: Value = serde_json::from_str(line).expect("a line of the audit log is JSON");
    let object = event.get("objectRef")?;
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Some(Request {
        user: text(&event["user"], "username"),
        verb: text(&event, "verb"),
        group: text(object, "apiGroup"),
        resource: text(object, "resource"),
        subresource: text(object, "subresource"),
        namespace: text(object, "namespace"),
        name: text(object, "name"),
        code: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
    })
}
