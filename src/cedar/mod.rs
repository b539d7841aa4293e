//! Cedar knowledge: parse, schema, validate. The only room that names `cedar_policy`.
