//! What a source file names: the paths in it, whether it awaits, which modules it declares.
//!
//! Tokens, not text: comments and strings name nothing. Items under `#[cfg(test)]` are left out:
//! a unit test may look where its code may not.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One file of `src/`.
#[derive(Debug, Default)]
pub struct Source {
    /// Its place below `src/`.
    pub file: String,
    /// The module it is, from the crate's root.
    pub module: Vec<String>,
    /// Every path it names, aliases and `use` trees resolved as far as tokens tell.
    pub paths: Vec<Named>,
    /// Lines that hold `async` or `.await`.
    pub awaits: Vec<usize>,
    /// Modules it declares, relative to it.
    pub declared: BTreeSet<Vec<String>>,
    /// Modules it declares for tests alone.
    pub for_tests: BTreeSet<String>,
}

/// A path as the file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its segments; `self`, `super` and the crate's own name are already resolved to `crate`.
    pub path: Vec<String>,
    /// The line it stands on.
    pub line: usize,
}

/// The name by which the binary knows the library.
const OWN_NAME: &str = "agentcore_policy_operator";

/// Reads one file; `file` is its place below `src/`.
pub fn read(file: &str, text: &str) -> Source {
    let tokens: TokenStream = text
        .parse()
        .unwrap_or_else(|error| panic!("src/{file} does not parse: {error}"));
    let mut source = Source {
        file: file.to_owned(),
        module: module_of(file),
        ..Source::default()
    };
    let module = source.module.clone();
    source.items(&module, tokens);
    source
}

/// Reads every `.rs` file below `root`, without the files that are modules for tests alone.
pub fn read_all(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path
                    .strip_prefix(root)
                    .expect("the file is below the root")
                    .to_string_lossy();
                sources.push(read(
                    &file,
                    &std::fs::read_to_string(&path).expect("the file is text"),
                ));
            }
        }
    }
    sources.sort_by(|one, other| one.file.cmp(&other.file));
    without_tests(sources)
}

/// Leaves out files that another file declares under `#[cfg(test)]`, and what is below them.
pub fn without_tests(mut sources: Vec<Source>) -> Vec<Source> {
    let for_tests: Vec<Vec<String>> = sources
        .iter()
        .flat_map(|source| {
            source
                .for_tests
                .iter()
                .map(|name| [source.module.clone(), vec![name.clone()]].concat())
        })
        .collect();
    sources.retain(|source| !for_tests.iter().any(|module| source.module.starts_with(module)));
    sources
}

/// `a/b/mod.rs` and `a/b.rs` are the module `a::b`; `lib.rs` and `main.rs` the root.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if matches!(path, "lib" | "main") {
        return Vec::new();
    }
    path.split('/').map(str::to_owned).collect()
}

impl Source {
    /// Walks the tokens of one scope of `module`.
    fn items(&mut self, module: &[String], tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.item(module, &tokens, at);
        }
    }

    /// Reads what begins at `at`; gives where the next thing begins.
    fn item(&mut self, module: &[String], tokens: &[TokenTree], at: usize) -> usize {
        if let Some(attribute) = attribute(tokens, at)
            && is_cfg_test(&attribute)
        {
            let end = end_of_item(tokens, at + 2);
            if let Some(name) = (at + 2..end).find_map(|index| module_name(tokens, index)) {
                self.for_tests.insert(name);
            }
            return end;
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                self.items(module, group.stream());
                at + 1
            }
            TokenTree::Ident(word) if *word == "use" => {
                let end = (at..tokens.len())
                    .find(|index| is_punct(tokens, *index, ';'))
                    .unwrap_or(tokens.len());
                self.use_tree(module, &[], &tokens[at + 1..end]);
                end
            }
            TokenTree::Ident(word) if *word == "mod" && module_name(tokens, at).is_some() => {
                let name = module_name(tokens, at).expect("it was just seen");
                let inner = [module, std::slice::from_ref(&name)].concat();
                self.declared.insert(inner.clone());
                if let Some(TokenTree::Group(group)) = tokens.get(at + 2) {
                    self.items(&inner, group.stream());
                }
                at + 3
            }
            TokenTree::Ident(word) => {
                let line = word.span().start().line;
                if *word == "async" || *word == "await" {
                    self.awaits.push(line);
                }
                let (path, end) = path_at(tokens, at);
                let continues =
                    at >= 2 && is_path_sep(tokens, at - 2) && at >= 3 && !is_start(tokens, at - 3);
                if path.len() > 1 && !continues {
                    self.name(module, path, line);
                }
                end
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => at + 1,
        }
    }

    /// Reads the tree of a `use` below `prefix`.
    fn use_tree(&mut self, module: &[String], prefix: &[String], tokens: &[TokenTree]) {
        for branch in tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','))
        {
            let mut path = prefix.to_vec();
            let line = branch.first().map_or(0, |token| token.span().start().line);
            for token in branch {
                match token {
                    TokenTree::Ident(word) if *word == "as" => break,
                    TokenTree::Ident(word) if *word != "self" || path.is_empty() => {
                        path.push(word.to_string());
                    }
                    TokenTree::Group(group) => {
                        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                        self.use_tree(module, &path, &inner);
                        path = Vec::new();
                        break;
                    }
                    TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                }
            }
            if !path.is_empty() {
                self.name(module, path, line);
            }
        }
    }

    /// Notes a path, seen from the crate's root where its first segment says how.
    fn name(&mut self, module: &[String], path: Vec<String>, line: usize) {
        let mut here = module.to_vec();
        let mut rest = path.as_slice();
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" => here.clear(),
                OWN_NAME if rest.len() == path.len() => here.clear(),
                "self" => {}
                "super" => drop(here.pop()),
                _ => break,
            }
            rest = after;
        }
        let path = if rest.len() == path.len() {
            path
        } else {
            ["crate".to_owned()]
                .into_iter()
                .chain(here)
                .chain(rest.iter().cloned())
                .collect()
        };
        self.paths.push(Named { path, line });
    }
}

/// The content of an attribute that begins at `at`.
fn attribute(tokens: &[TokenTree], at: usize) -> Option<TokenStream> {
    match tokens.get(at + 1) {
        Some(TokenTree::Group(group))
            if is_punct(tokens, at, '#') && group.delimiter() == Delimiter::Bracket =>
        {
            Some(group.stream())
        }
        _ => None,
    }
}

/// `cfg(test)`, `cfg(all(test, ..))`; not `cfg(not(test))`.
fn is_cfg_test(attribute: &TokenStream) -> bool {
    let text: String = attribute.to_string().split_whitespace().collect();
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// The name in `mod name;` and `mod name {`.
fn module_name(tokens: &[TokenTree], at: usize) -> Option<String> {
    match (tokens.get(at), tokens.get(at + 1), tokens.get(at + 2)) {
        (
            Some(TokenTree::Ident(word)),
            Some(TokenTree::Ident(name)),
            Some(TokenTree::Group(_) | TokenTree::Punct(_)),
        ) if *word == "mod" => Some(name.to_string()),
        _ => None,
    }
}

/// Where the item that begins at `at` ends: after its `;`, or after its braces.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let end = (at..tokens.len()).find(|index| match &tokens[*index] {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    });
    end.map_or(tokens.len(), |index| index + 1)
}

/// The path that begins at `at`, and where it ends.
fn path_at(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        path.push(word.to_string());
        at += 1;
        if !is_path_sep(tokens, at) || !matches!(tokens.get(at + 2), Some(TokenTree::Ident(_))) {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// Whether `::` stands at `at`.
fn is_path_sep(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens, at, ':') && is_punct(tokens, at + 1, ':')
}

/// Whether the token before a `::` cannot end a path, so that the `::` begins one.
fn is_start(tokens: &[TokenTree], at: usize) -> bool {
    match &tokens[at] {
        TokenTree::Ident(_) => false,
        TokenTree::Punct(punct) => punct.as_char() != '>',
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
    }
}

fn is_punct(tokens: &[TokenTree], at: usize, wanted: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(file: &str, text: &str) -> Vec<String> {
        read(file, text)
            .paths
            .iter()
            .map(|named| format!("{}@{}", named.path.join("::"), named.line))
            .collect()
    }

    #[test]
    fn trees_of_use_are_spread_out() {
        assert_eq!(
            paths(
                "a/b.rs",
                "use x::{self, y::{Z as W, *}};\npub(crate) use crate::c::D;\nuse super::{e, self::F};"
            ),
            [
                "x@1",
                "x::y::Z@1",
                "x::y@1",
                "crate::c::D@2",
                "crate::a::e@3",
                "crate::a::F@3"
            ]
        );
    }

    #[test]
    fn paths_in_code_in_attributes_and_in_macros_are_seen() {
        assert_eq!(
            paths(
                "a/mod.rs",
                "#[derive(clap::Parser)]\nstruct S { a: Vec<kube::Api<T>> }\nfn f() { g(sqlx::query!(\"x\")); \
                 ::tokio::spawn(super::h::<u8>::i()); }\n",
            ),
            [
                "clap::Parser@1",
                "kube::Api@2",
                "sqlx::query@3",
                "tokio::spawn@3",
                "crate::h@3"
            ]
        );
    }

    #[test]
    fn comments_strings_and_tests_name_nothing() {
        let text = "//! crate::x::Y\n/* use sqlx::A; */ const S: &str = \"kube::Api\"; const R: &str = r#\"kube::Api\"#;\n\
                    #[cfg(test)]\nuse clap::Parser;\n#[cfg(test)]\n#[allow(dead_code)]\nmod tests { use sqlx::A; async fn f() {} }\n\
                    #[cfg(not(test))]\nuse real::Thing;";
        assert_eq!(paths("a.rs", text), ["real::Thing@9"]);
        assert!(read("a.rs", text).awaits.is_empty());
    }

    #[test]
    fn inline_modules_and_the_crate_s_own_name_are_resolved() {
        assert_eq!(
            paths("a.rs", "mod b { use super::c::D; use self::e::F; }"),
            ["crate::a::c::D@1", "crate::a::b::e::F@1"]
        );
        assert_eq!(
            paths("main.rs", "fn main() { agentcore_policy_operator::cli::main() }"),
            ["crate::cli::main@1"]
        );
    }

    #[test]
    fn files_for_tests_alone_are_left_out() {
        let sources = vec![
            read("a/mod.rs", "#[cfg(test)]\nmod samples;\nmod real;"),
            read("a/samples.rs", "use sqlx::A;"),
            read("a/real.rs", ""),
        ];
        let files: Vec<String> = without_tests(sources)
            .into_iter()
            .map(|source| source.file)
            .collect();
        assert_eq!(files, ["a/mod.rs", "a/real.rs"]);
    }

    #[test]
    fn awaiting_is_seen() {
        assert_eq!(read("a.rs", "async fn f() {\n g().await\n}").awaits, [1, 2]);
    }
}
