//! Log lines for machines: one JSON object a line with the names of kubernetes-conventions.md 7.2, all at the top.

use serde_json::{Map, Value};
use std::fmt::{self, Debug, Write as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

/// `ts`, `level`, `msg`, then the fields of the spans that the event is in, its own, and `target`.
///
/// The spans' own names are left out: the one of a pass would stand where the object's name belongs.
pub(super) struct JsonLines;

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut fields = Fields::default();
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            let recorded = extensions.get::<FormattedFields<JsonFields>>();
            let of_span = recorded.and_then(|text| serde_json::from_str(&text.fields).ok());
            fields.0.extend(of_span.unwrap_or_else(Map::new));
        }
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        let level = event.metadata().level().as_str();
        let mut line = format!(
            "{{\"ts\":{},\"level\":{},\"msg\":{message}",
            Value::from(time),
            Value::from(level.to_lowercase()),
        );
        let target = ("target".to_owned(), Value::from(event.metadata().target()));
        for (name, value) in fields.0.into_iter().chain([target]) {
            write!(line, ",{}:{value}", Value::from(name))?;
        }
        writeln!(writer, "{line}}}")
    }
}

/// The fields of an event or a span, as JSON.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(JsonFields::new())
            .event_format(JsonLines)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_one_object_with_the_object_s_name_and_every_name_once() {
        let text = logged(|| {
            let _pass = tracing::info_span!("pass", name = "agents", generation = 2).entered();
            let error = io::Error::other("a \"quoted\"\nline");
            tracing::warn!(%error, plan = ?Some(1), error.code = "X", took = 1.5, again = true, "it failed");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with("{\"ts\":\"20"), "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        for (name, value) in [
            ("level", Value::from("warn")),
            ("msg", Value::from("it failed")),
            ("name", Value::from("agents")),
            ("generation", Value::from(2)),
            ("error", Value::from("a \"quoted\"\nline")),
            ("error.code", Value::from("X")),
            ("plan", Value::from("Some(1)")),
            ("took", Value::from(1.5)),
            ("again", Value::from(true)),
        ] {
            assert_eq!(line[name], value, "{name} in {text}");
            assert_eq!(
                text.matches(&format!("\"{name}\":")).count(),
                1,
                "{name} in {text}"
            );
        }
    }
}
