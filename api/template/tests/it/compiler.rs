//! What the compiler finds, where it finds it, and what it suggests.

use berth_template::{Severity, compile};

use crate::sample::{config, findings, finds, template};

#[test]
fn a_right_template_has_no_findings() {
    let text = template(
        "{size: {type: string, default: s}}",
        &config("config", "{size: \"${params.size}\"}"),
        "",
    );
    assert_eq!(findings(&text), []);
}

#[test]
fn every_finding_is_reported_at_once_in_the_order_of_the_document() {
    let text = template(
        "{size: {type: strin}, size: {type: string}}",
        &format!(
            "{}{}",
            config("a", "{x: \"${params.sise}\"}"),
            config("b", "{y: \"${c.metadata.name}\", z: \"${1 +}\"}")
        ),
        "{out: {valeu: 1}}",
    );
    let found = findings(&text);
    let lines: Vec<u32> = found.iter().map(|finding| finding.line).collect();
    assert!(lines.is_sorted() && found.len() >= 5, "{found:#?}");
}

#[test]
fn unknown_fields_are_errors_with_a_suggestion() {
    let text = config("web", "{}").replace("object:", "objekt:");
    let found = findings(&template("{}", &text, ""));
    let unknown = found.iter().find(|f| f.message == "unknown field `objekt`").unwrap();
    assert_eq!(unknown.suggestion.as_deref(), Some("did you mean `object`?"));
    assert_eq!(
        (unknown.line, unknown.column, unknown.path.as_str()),
        (10, 7, "spec.resources[0].objekt")
    );
    for field in ["rule: []", "lets: {}", "action: {}", "sleeps: {}"] {
        let text = format!("{}  {field}\n", template("{}", &config("web", "{}"), ""));
        finds(&text, "unknown field", "did you mean");
    }
    let text = format!("{}      foreach: []\n", template("{}", &config("web", "{}"), ""));
    finds(&text, "unknown field `foreach`", "did you mean `forEach`?");
}

#[test]
fn names_that_are_not_in_scope_are_found_where_they_stand() {
    let one = |data: &str| {
        template(
            "{replicas: {type: integer, default: 1}}",
            &config("web", data),
            "{o: {value: \"${params.replicas}\"}}",
        )
    };
    let finding = finds(&one("{n: \"x-${parms.replicas}\"}"), "unknown name `parms`", "`params`");
    assert_eq!(
        (finding.line, finding.path.as_str()),
        (10, "spec.resources[0].object.data.n")
    );
    assert_eq!(finding.column, 87);
    finds(
        &one("{n: \"${params.replica}\"}"),
        "no parameter `replica`",
        "`replicas`",
    );
    finds(&one("{n: \"${env.nmae}\"}"), "`env` has no `nmae`", "`name`");
    finds(&one("{n: \"${self.metadata.name}\"}"), "only known in `readyWhen`", "");
    finds(&one("{n: \"${lowerAsci('x')}\"}"), "unknown function `lowerAsci`", "");
    finds(
        &one("{n: \"${'x'.lowerAsci()}\"}"),
        "unknown function `lowerAsci`",
        "`lowerAscii`",
    );
    finds(&one("{n: \"${'x'.contains()}\"}"), "does not take 0 arguments", "");
    finds(&one("{n: \"${[1].map(__x, __x)}\"}"), "are reserved", "");
    finds(&one("{n: \"${generated.password}\"}"), "same secret", "");
    finds(&one("{n: \"${}\"}"), "empty", "");
    finds(&one("{n: \"${'a\"}"), "never closed", "$${");
    finds(&one("{n: \"${1 + }\"}"), "syntax error", "");
    finds(
        &one(&format!("{{n: \"${{'{}'}}\"}}", "x".repeat(2048))),
        "2048 bytes",
        "",
    );
    finds(
        &one(&format!("{{n: \"${{{}1{}}}\"}}", "(".repeat(900), ")".repeat(900))),
        "syntax error",
        "",
    );
    finds(
        &one("{\"${params.replicas}\": x}"),
        "a key cannot hold an expression",
        "",
    );
}

#[test]
fn a_cycle_is_printed() {
    let resources = format!(
        "{}{}{}",
        config("a", "{x: \"${b.metadata.name}\"}"),
        config("b", "{x: \"${c.metadata.name}\"}"),
        config("c", "{x: \"${a.metadata.name}\"}")
    );
    finds(&template("{}", &resources, ""), "a → b → c → a", "");
    finds(
        &template("{}", &config("a", "{x: \"${a.metadata.name}\"}"), ""),
        "a → a",
        "",
    );
}

#[test]
fn parameter_schemas_are_checked_with_their_defaults_and_examples() {
    let one = |properties: &str| template(properties, &config("web", "{n: \"${string(params)}\"}"), "");
    finds(&one("{a: {type: strnig}}"), "not a JSON Schema", "");
    finds(
        &one("{a: {type: string, minLenght: 1}}"),
        "unknown field `minLenght`",
        "`minLength`",
    );
    let finding = finds(&one("{a: {type: integer, default: x}}"), "the default does not fit", "");
    assert_eq!(finding.path, "spec.parameters.properties.a.default");
    finds(
        &one("{a: {type: integer, minimum: 3, examples: [5, 1]}}"),
        "the example does not fit",
        "",
    );
    finds(
        &one("{a: {type: object, default: {}, required: [b], properties: {b: {type: string}}}}"),
        "the default",
        "",
    );
    finds(
        &one("{a: {$ref: 'https://example.com/schema.json'}}"),
        "`$ref` is not supported",
        "",
    );
    finds(&one("{a: {type: string, pattern: '('}}"), "schema", "");
    assert_eq!(
        findings(&one(
            "{a: {type: object, default: {}, required: [b], properties: {b: {default: 1}}}}"
        )),
        []
    );
}

#[test]
fn an_unused_parameter_is_a_warning() {
    let text = template(
        "{used: {type: string}, left: {type: string}, deep: {type: object, properties: {a: {}, b: {}}}}",
        &config("web", "{n: \"${params.used}${params.deep.a}\"}"),
        "",
    );
    let found = findings(&text);
    assert!(
        found.iter().all(|finding| finding.severity == Severity::Warning),
        "{found:#?}"
    );
    let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        ["the parameter `left` is not used", "the parameter `deep.b` is not used"]
    );
    assert_eq!(found[0].path, "spec.parameters.properties.left");
}

#[test]
fn conditions_must_be_boolean_where_that_can_be_seen() {
    let one = |condition: &str| {
        let resource = format!("{}      includeWhen: [{condition}]\n", config("web", "{}"));
        template(
            "{size: {type: string, default: s}}",
            &resource,
            "{o: {value: \"${params.size}\"}}",
        )
    };
    for condition in [
        "x",
        "1",
        "\"${params.size} \"",
        "\"${'a'}\"",
        "\"${1 + 1}\"",
        "\"${params.size}\"",
        "\"${true ? 1 : 2}\"",
    ] {
        finds(&one(condition), "a condition must be a boolean", "");
    }
    for condition in ["true", "\"${params.size == 's'}\"", "\"${has(params.size)}\""] {
        assert_eq!(findings(&one(condition)), [], "{condition}");
    }
}

#[test]
fn documents_that_are_not_templates_say_so() {
    for text in [
        "",
        "a: b",
        "[]",
        "x",
        "---\n---\n",
        "a: [",
        "\u{0}",
        "apiVersion: v1\nkind: Pod\nmetadata: {}\nspec: {}\n",
    ] {
        assert!(compile(text, &()).is_err(), "{text}");
    }
    let large = format!(
        "{}# {}",
        template("{}", &config("a", "{}"), ""),
        "x".repeat(1024 * 1024)
    );
    finds(&large, "a template may have 1048576 bytes", "");
}

#[test]
fn the_digest_is_of_the_document_and_not_of_its_layout() {
    let one = template("{}", &config("a", "{x: a, z: w}"), "");
    let other = format!("# a comment\n{}", one.replace("{x: a, z: w}", "{z: 'w', x: a}"));
    let digest = |text: &str| compile(text, &()).unwrap().template.digest().to_owned();
    assert_eq!(digest(&one), digest(&other));
    assert_ne!(digest(&one), digest(&one.replace("x: a", "x: b")));
    assert_eq!(digest(&one).len(), 64);
}
