//! STS `GetCallerIdentity`: a form posted to `/`, or in the query of `/`, answered in XML (AWS query protocol).

use super::reply::Reply;
use crate::backend::control::Caller;
use percent_encoding::percent_decode_str;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const XML: &str = "text/xml";

/// Answers a form; any other action than `GetCallerIdentity` is an `InvalidAction`.
pub fn answer(caller: &Caller, form: &[u8], request_id: &str) -> Reply {
    let action = action(form);
    if action.as_deref() != Some("GetCallerIdentity") {
        let action: String = action.unwrap_or_default().chars().take(64).collect();
        let message = format!("The action {action} is not valid for this web service.");
        return error(400, "InvalidAction", &message, request_id);
    }
    let (arn, user, account) = (
        escape(&caller.arn),
        escape(&caller.user_id),
        escape(&caller.account),
    );
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\"><GetCallerIdentityResult><Arn>{arn}</Arn>\
         <UserId>{user}</UserId><Account>{account}</Account></GetCallerIdentityResult><ResponseMetadata>\
         <RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
    Reply {
        status: 200,
        error: None,
        media: XML,
        body: body.into_bytes(),
    }
}

/// An error in the shape of the query protocol.
pub fn error(status: u16, code: &'static str, message: &str, request_id: &str) -> Reply {
    let message = escape(message);
    let body = format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    );
    Reply {
        status,
        error: Some(code.into()),
        media: XML,
        body: body.into_bytes(),
    }
}

fn action(form: &[u8]) -> Option<String> {
    let form = std::str::from_utf8(form).ok()?;
    let raw = form
        .split('&')
        .find_map(|pair| pair.trim().strip_prefix("Action="))?;
    Some(percent_decode_str(raw).decode_utf8_lossy().into_owned())
}

fn escape(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .map(|c| match c {
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '&' => "&amp;".to_owned(),
            '"' => "&quot;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Caller {
        Caller::root("123456789012")
    }

    #[test]
    fn the_caller_is_told_in_xml() {
        let reply = answer(&identity(), b"Version=2011-06-15&Action=GetCallerIdentity", "r-1");
        let body = String::from_utf8(reply.body).unwrap();
        assert_eq!((reply.status, reply.media), (200, "text/xml"));
        assert!(
            body.contains("<Arn>arn:aws:iam::123456789012:root</Arn>"),
            "{body}"
        );
        assert!(
            body.contains("<Account>123456789012</Account>") && body.contains("<RequestId>r-1</RequestId>")
        );
    }

    #[test]
    fn other_actions_are_refused_and_cannot_write_xml() {
        for form in [&b"Action=%3Cx%3E%0A"[..], b"", b"\xff", b"Action=AssumeRole"] {
            let reply = answer(&identity(), form, "r-1");
            let body = String::from_utf8(reply.body).unwrap();
            assert_eq!(reply.status, 400);
            assert!(
                body.contains("<Code>InvalidAction</Code>") && !body.contains("<x>"),
                "{body}"
            );
        }
    }
}
