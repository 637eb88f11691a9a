//! What the compiler cannot hold about the code: sizes, names, and who may know whom inside a crate.
//!
//! Every rule is first shown a file that breaks it and then the repository. A rule that cannot fail is worth nothing.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a file that cannot be read or parsed ends the test"
)]

mod image;
mod rules;
mod source;

use rules::Rule;
use source::Source;

/// Files that break a rule today, as (name of the test, path). May only shrink: an entry that is not needed any more
/// fails its test.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[track_caller]
fn refuses(rule: Rule, path: &str, text: &str) {
    assert!(
        !rule(&[Source::new(path, text)]).is_empty(),
        "the rule accepts {path}:\n{text}"
    );
}

#[track_caller]
fn accepts(rule: Rule, path: &str, text: &str) {
    assert_eq!(rule(&[Source::new(path, text)]), Vec::<String>::new());
}

#[track_caller]
fn holds(test: &str, rule: Rule) {
    let sources = source::repository();
    assert!(sources.len() > 50, "the repository was not found");
    let excepted = |complaint: &str| {
        EXCEPTIONS
            .iter()
            .any(|(name, path)| *name == test && complaint.split(':').next() == Some(*path))
    };
    let (known, new): (Vec<String>, Vec<String>) = rule(&sources).into_iter().partition(|c| excepted(c));
    assert!(new.is_empty(), "{}", new.join("\n"));
    let needed = |path: &str| known.iter().any(|complaint| complaint.split(':').next() == Some(path));
    let stale: Vec<_> = EXCEPTIONS
        .iter()
        .filter(|(name, path)| *name == test && !needed(path))
        .collect();
    assert!(
        stale.is_empty(),
        "not needed any more, take them off the list: {stale:?}"
    );
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    refuses(rules::file_length, "api/model/src/long.rs", &"//! Lines.\n".repeat(401));
    accepts(rules::file_length, "api/model/src/long.rs", &"//! Lines.\n".repeat(400));
    holds("no_file_is_longer_than_a_reader_can_hold", rules::file_length);
}

#[test]
fn every_source_file_begins_with_what_it_owns() {
    refuses(
        rules::file_header,
        "api/model/src/team.rs",
        "use std::fmt;\n//! Too late.",
    );
    accepts(rules::file_header, "api/model/src/team.rs", "//! Teams.");
    holds("every_source_file_begins_with_what_it_owns", rules::file_header);
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    refuses(rules::file_name, "api/server/src/helpers.rs", "");
    refuses(rules::file_name, "api/server/src/auth/mod.rs", "");
    refuses(rules::file_name, "api/server/src/common/paging.rs", "");
    accepts(rules::file_name, "api/server/src/paging.rs", "");
    holds("no_file_has_a_name_that_says_nothing", rules::file_name);
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let long = |head: &str, lines: usize, tail: &str| format!("{head} {{\n{}}}{tail}", "    step();\n".repeat(lines));
    refuses(rules::function_length, "api/model/src/a.rs", &long("fn free()", 81, ""));
    refuses(
        rules::function_length,
        "api/model/src/a.rs",
        &long("impl A { fn method(&self)", 81, "}"),
    );
    refuses(
        rules::function_length,
        "api/model/src/a.rs",
        &long("trait A { fn default(&self)", 81, "}"),
    );
    accepts(rules::function_length, "api/model/src/a.rs", &long("fn free()", 80, ""));
    holds("no_function_is_longer_than_a_screen", rules::function_length);
}

#[test]
fn every_crate_states_its_architecture_invariant() {
    refuses(
        rules::invariant_of_the_crate,
        "api/model/src/lib.rs",
        "//! Words.\nmod a; // Architecture invariant",
    );
    accepts(
        rules::invariant_of_the_crate,
        "api/model/src/lib.rs",
        "//! Words.\n//!\n//! Architecture invariant: pure.",
    );
    holds(
        "every_crate_states_its_architecture_invariant",
        rules::invariant_of_the_crate,
    );
}

#[test]
fn routes_know_neither_rows_nor_the_cluster_client() {
    let rule = rules::routes_know_no_entity_and_no_kube;
    refuses(
        rule,
        "api/server/src/routes/teams.rs",
        "use berth_store::{Store, entity::team};",
    );
    refuses(
        rule,
        "api/server/src/routes/teams.rs",
        "fn f() { let _ = kube::Client::try_default(); }",
    );
    refuses(rule, "api/server/src/routes.rs", "use kube as k;");
    refuses(
        rule,
        "api/server/src/routes.rs",
        "fn f() { debug!(berth_store::entity::team::Entity::find()); }",
    );
    accepts(
        rule,
        "api/server/src/routes/teams.rs",
        "use berth_store::Store; // no kube::Client here",
    );
    holds("routes_know_neither_rows_nor_the_cluster_client", rule);
}

#[test]
fn in_the_server_only_the_binary_knows_the_engine() {
    let rule = rules::only_the_binary_knows_the_engine;
    refuses(
        rule,
        "api/server/src/routes/environments.rs",
        "use berth_reconcile::Engine;",
    );
    refuses(rule, "api/server/src/lib.rs", "pub use berth_reconcile as engine;");
    accepts(rule, "api/server/src/main.rs", "use berth_reconcile::Engine;");
    accepts(rule, "api/server/src/serve/engine.rs", "use berth_reconcile::Engine;");
    holds("in_the_server_only_the_binary_knows_the_engine", rule);
}

#[test]
fn only_the_configuration_module_reads_the_environment() {
    let rule = rules::only_the_configuration_reads_the_environment;
    refuses(
        rule,
        "api/server/src/auth.rs",
        "fn f() { let _ = std::env::var(\"BERTH_KEY\"); }",
    );
    refuses(
        rule,
        "api/cluster/src/lib.rs",
        "use std::env; fn f() { for _ in env::vars() {} }",
    );
    refuses(rule, "api/store/src/lib.rs", "use std::env::var_os as read;");
    refuses(rule, "migrations/src/lib.rs", "use std::env::*;");
    accepts(
        rule,
        "api/server/src/config/load.rs",
        "fn f() { let _ = std::env::var(\"BERTH_KEY\"); }",
    );
    accepts(
        rule,
        "api/server/src/auth.rs",
        "fn f() { let _ = env!(\"CARGO_PKG_VERSION\"); let _ = std::env::args(); }",
    );
    holds("only_the_configuration_module_reads_the_environment", rule);
}

#[test]
fn exactly_one_place_decodes_tokens() {
    let rule = rules::one_place_decodes_tokens;
    let one = || {
        Source::new(
            "api/server/src/auth/verify.rs",
            "use jsonwebtoken::{Validation, decode};",
        )
    };
    let other = || {
        Source::new(
            "api/server/src/routes/me.rs",
            "fn f() { jsonwebtoken::decode::<C>(t, k, v); }",
        )
    };
    let hidden = || Source::new("api/server/src/routes/me.rs", "use jsonwebtoken as jwt;");
    assert_eq!(rule(&[one()]), Vec::<String>::new());
    assert!(!rule(&[one(), other()]).is_empty());
    assert!(!rule(&[one(), hidden()]).is_empty());
    assert!(!rule(&[]).is_empty());
    holds("exactly_one_place_decodes_tokens", rule);
}

#[test]
fn the_vocabulary_and_the_compiler_depend_on_no_framework() {
    let rule = rules::vocabulary_and_compiler_are_pure;
    refuses(rule, "api/model/Cargo.toml", "[dependencies]\ntokio.workspace = true\n");
    refuses(
        rule,
        "api/template/Cargo.toml",
        "[dependencies]\nkube = { workspace = true }\n",
    );
    refuses(
        rule,
        "api/template/Cargo.toml",
        "[target.'cfg(unix)'.dependencies]\nsea-orm = \"2\"\n",
    );
    accepts(
        rule,
        "api/template/Cargo.toml",
        "[dependencies]\nserde.workspace = true\n[dev-dependencies]\ntokio = \"1\"\n",
    );
    accepts(rule, "api/store/Cargo.toml", "[dependencies]\ntokio.workspace = true\n");
    holds("the_vocabulary_and_the_compiler_depend_on_no_framework", rule);
}

#[test]
fn crates_depend_on_one_another_only_along_the_arrows() {
    let rule = rules::crates_depend_along_the_arrows;
    refuses(
        rule,
        "api/cluster/Cargo.toml",
        "[dependencies]\nberth-store.workspace = true\n",
    );
    refuses(
        rule,
        "api/store/Cargo.toml",
        "[dependencies]\nberth-cluster.workspace = true\n",
    );
    refuses(
        rule,
        "api/model/Cargo.toml",
        "[dependencies]\nberth-template.workspace = true\n",
    );
    refuses(rule, "api/other/Cargo.toml", "[dependencies]\n");
    accepts(
        rule,
        "api/reconcile/Cargo.toml",
        "[dependencies]\nberth-store.workspace = true\n",
    );
    holds("crates_depend_on_one_another_only_along_the_arrows", rule);
}
