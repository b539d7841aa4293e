//! Where Lambda functions run, as `--lambda-endpoint` says it.

use reqwest::Url;
use std::str::FromStr;

/// What a command begins with.
const EXEC: &str = "exec:";
/// What is asked below a URL, around the ARN of the function (Lambda's Invoke call).
const INVOKE: [&str; 3] = ["2015-03-31", "functions", "invocations"];

/// One `--lambda-endpoint ARN=URL` or `ARN=exec:COMMAND`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaEndpoint {
    pub(super) functions: Functions,
    pub(super) runs: Runs,
}

/// Which functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Functions {
    /// The one with this ARN.
    One(String),
    /// Those whose ARNs begin so; all of them when it is empty.
    Beginning(String),
}

/// Where they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// Behind this URL, by Lambda's Invoke call.
    At(Url),
    /// As a program that is started for each call: itself, and its arguments.
    Program(String, Vec<String>),
}

impl Functions {
    /// As it is given.
    pub fn text(&self) -> String {
        match self {
            Self::One(arn) => arn.clone(),
            Self::Beginning(arn) => format!("{arn}*"),
        }
    }

    /// How exactly this means the function with that ARN, if it does.
    pub fn rank(&self, arn: &str) -> Option<usize> {
        match self {
            Self::One(one) => (one == arn).then_some(usize::MAX),
            Self::Beginning(beginning) => arn.starts_with(beginning.as_str()).then_some(beginning.len()),
        }
    }
}

impl FromStr for LambdaEndpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (arn, place) = text
            .split_once('=')
            .ok_or("give ARN=URL or ARN=exec:COMMAND, with * as ARN for any function")?;
        let functions = match arn.strip_suffix('*') {
            Some(beginning) => Functions::Beginning(beginning.to_owned()),
            None => Functions::One(arn.to_owned()),
        };
        if arn != "*" && !(arn.starts_with("arn:") && arn.contains(":lambda:"))
            || arn.trim_end_matches('*').contains('*')
        {
            return Err(format!(
                "`{arn}` is no ARN of a Lambda function: give one such as \
                 arn:aws:lambda:us-east-1:123456789012:function:refund, the beginning of one with a * behind it, or * for any"
            ));
        }
        let runs = match place.strip_prefix(EXEC) {
            Some(command) => program(command)?,
            None => Runs::At(url(place)?),
        };
        Ok(Self { functions, runs })
    }
}

fn program(command: &str) -> Result<Runs, String> {
    let mut words = shlex::split(command)
        .ok_or_else(|| format!("`{command}` is no command: a quote in it is not closed"))?
        .into_iter();
    match words.next() {
        Some(program) if !program.is_empty() => Ok(Runs::Program(program, words.collect())),
        _ => Err("exec: needs a command behind it, such as exec:'python3 refund.py'".to_owned()),
    }
}

fn url(place: &str) -> Result<Url, String> {
    let refuse = |why: &str| {
        Err(format!(
            "`{place}` {why}: give a URL such as http://127.0.0.1:3001, or exec:COMMAND"
        ))
    };
    match Url::parse(place) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => {
            refuse("is neither http:// nor https://")
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => refuse("has a query or a fragment"),
        Ok(url) => Ok(url),
        Err(_) => refuse("is no URL"),
    }
}

/// The URL by which a function is invoked: below `base`, or `base` itself when it says all of it, as Lambda's runtime
/// interface emulator wants it (`http://HOST/2015-03-31/functions/function/invocations`).
pub(super) fn invocation(base: &Url, arn: &str) -> Url {
    let [version, functions, invocations] = INVOKE;
    let mut url = base.clone();
    if base.path().ends_with(&format!("/{invocations}")) {
        return url;
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        segments
            .pop_if_empty()
            .extend([version, functions, arn, invocations]);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:refund";

    fn read(text: &str) -> Result<LambdaEndpoint, String> {
        text.parse()
    }

    #[test]
    fn a_function_is_at_a_url_or_a_command_of_words() {
        let at = read(&format!("{ARN}=http://127.0.0.1:3001")).unwrap();
        assert_eq!(at.functions, Functions::One(ARN.to_owned()));
        assert_eq!(at.runs, Runs::At(Url::parse("http://127.0.0.1:3001/").unwrap()));
        let program = read(r#"*=exec:python3 'my refund.py' --limit="1 000" a=b $HOME"#).unwrap();
        assert_eq!(program.functions, Functions::Beginning(String::new()));
        let words = ["my refund.py", "--limit=1 000", "a=b", "$HOME"].map(str::to_owned);
        assert_eq!(program.runs, Runs::Program("python3".to_owned(), words.to_vec()));
    }

    #[test]
    fn what_is_wrong_with_a_flag_is_said() {
        for (text, why) in [
            ("", "give ARN=URL"),
            (ARN, "give ARN=URL"),
            ("refund=http://x", "`refund` is no ARN of a Lambda function"),
            ("=http://x", "`` is no ARN"),
            ("arn:aws:s3:::bucket=http://x", "is no ARN of a Lambda function"),
            ("arn:aws:lambda:*:1:function:a*=http://x", "is no ARN"),
            ("**=http://x", "is no ARN"),
            ("*=", "`` is no URL"),
            ("*=ftp://x", "is neither http:// nor https://"),
            ("*=localhost:3001", "is neither http:// nor https://"),
            ("*=http://x/?a=b", "has a query"),
            ("*=exec:", "needs a command"),
            ("*=exec:''", "needs a command"),
            ("*=exec:a 'b", "a quote in it is not closed"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(why), "{text}: {told}");
        }
    }

    #[test]
    fn an_exact_arn_is_nearer_than_a_longer_beginning_and_that_than_a_shorter_one() {
        let rank = |text: &str| read(&format!("{text}=http://x")).unwrap().functions.rank(ARN);
        let order = [
            rank("*"),
            rank("arn:aws:lambda:us-east-1:*"),
            rank("arn:aws:lambda:us-east-1:123456789012:function:ref*"),
            rank(ARN),
        ];
        assert!(order.is_sorted() && order[0].is_some(), "{order:?}");
        assert_eq!(rank(&format!("{ARN}-2")), None);
        assert_eq!(rank("arn:aws:lambda:eu-west-1:*"), None);
    }

    #[test]
    fn the_url_of_an_invocation_holds_the_arn_or_is_given_whole() {
        let url = |base: &str, arn: &str| invocation(&Url::parse(base).unwrap(), arn).to_string();
        let expected = format!("http://h:1/2015-03-31/functions/{ARN}/invocations");
        assert_eq!(url("http://h:1", ARN), expected);
        assert_eq!(url("http://h:1/", ARN), expected);
        assert_eq!(
            url("https://h/lambda/", "a/../?b#c"),
            "https://h/lambda/2015-03-31/functions/a%2F..%2F%3Fb%23c/invocations"
        );
        let whole = "http://h:9000/2015-03-31/functions/function/invocations";
        assert_eq!(url(whole, ARN), whole);
    }
}
