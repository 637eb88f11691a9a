//! What no template may do: reach past its namespace, read secrets, or give a composed template what it does not take.

use berth_template::{Finding, Severity, compile};

use crate::sample::{config, findings, findings_with, finds, template};

#[test]
fn guard_rails_hold() {
    let object = |text: &str| template("{}", &format!("    - id: thing\n      object: {text}\n"), "");
    let map = |metadata: &str| object(&format!("{{apiVersion: v1, kind: ConfigMap, metadata: {metadata}}}"));
    finds(
        &map("{name: a, namespace: kube-system}"),
        "`namespace` cannot be set",
        "",
    );
    finds(
        &map("{name: a, ownerReferences: []}"),
        "`ownerReferences` cannot be set",
        "",
    );
    finds(&map("{name: a, finalizers: [x]}"), "`finalizers` cannot be set", "");
    finds(&map("{generateName: a, name: a}"), "`generateName` cannot be set", "");
    finds(&map("{labels: {}}"), "`name` is missing", "");
    finds(
        &map("{name: a, labels: {berth.dev/environment: x}}"),
        "reserved for Berth",
        "",
    );
    finds(
        &map("{name: a, annotations: {api.berth.dev/x: x}}"),
        "reserved for Berth",
        "",
    );
    finds(&map("\"${env.labels}\""), "must be written out", "");
    finds(&map("{name: Not_A_Name}"), "must be a DNS name", "");
    finds(
        &object("{apiVersion: v1, kind: Node, metadata: {name: a}}"),
        "`Node` (v1) are not allowed",
        "",
    );
    finds(
        &object("{apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: a}}"),
        "not allowed",
        "`apps/v1`",
    );
    finds(
        &object("{apiVersion: apps/v1, kind: Deploymnet, metadata: {name: a}}"),
        "not allowed",
        "`Deployment`",
    );
    finds(
        &object("{apiVersion: v1, kind: \"${env.name}\", metadata: {name: a}}"),
        "must be written out",
        "",
    );
    finds(
        &object("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, status: {}}"),
        "`status`",
        "",
    );
    finds(
        &object("{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}}"),
        "holds data",
        "onDelete",
    );
    finds(
        &object("{apiVersion: v1, kind: Namespace, metadata: {name: \"${env.namespace}\"}}"),
        "only the `baseline`",
        "",
    );
    let baseline = |name: &str| {
        object(&format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}"
        ))
        .replace("name: test", "name: baseline")
    };
    finds(&baseline("kube-system"), "must be named `${env.namespace}`", "");
    finds(
        &baseline("\"x${env.namespace}\""),
        "must be named `${env.namespace}`",
        "",
    );
    assert_eq!(findings(&baseline("\"${env.namespace}\"")), []);
}

#[test]
fn secrets_cannot_be_read_by_expressions() {
    let secret =
        "    - id: login\n      secret: {name: login, generate: {password: {length: 32}}, data: {user: app}}\n";
    let one = |data: &str| template("{}", &format!("{secret}{}", config("web", data)), "");
    assert_eq!(findings(&one("{n: \"${login.metadata.name}\"}")), []);
    finds(
        &one("{n: \"${login.data.user}\"}"),
        "content of a Secret",
        "metadata.name",
    );
    finds(&one("{n: \"${login['data'].user}\"}"), "content of a Secret", "");
    finds(&one("{n: \"${string(login)}\"}"), "content of a Secret", "");
    finds(&one("{n: \"${[login].map(x, x.data)[0]}\"}"), "content of a Secret", "");
    let wrong = secret.replace("user: app", "uri: \"a:${generated.pasword}@b\"");
    finds(&template("{}", &wrong, ""), "`pasword` is not generated", "`password`");
    let wrong = secret.replace("user: app", "uri: \"${generated.password + 'x'}\"");
    finds(&template("{}", &wrong, ""), "same secret", "");
    let wrong = secret.replace("user: app", "password: x");
    finds(&template("{}", &wrong, ""), "is generated", "");
}

#[test]
fn write_only_parameters_stay_in_secrets() {
    let properties = "{key: {type: string, writeOnly: true, default: none}}";
    finds(
        &template(properties, &config("web", "{n: \"${params.key}\"}"), ""),
        "`writeOnly`",
        "",
    );
    finds(
        &template(properties, &config("web", "{n: \"${digest(params)}\"}"), ""),
        "`writeOnly`",
        "",
    );
    let secret = "    - id: login\n      secret: {name: login, data: {key: \"${params.key}\"}}\n";
    assert_eq!(findings(&template(properties, secret, "")), []);
}

#[test]
fn composition_is_checked_against_the_template_that_is_used() {
    let child = template(
        "{size: {type: integer, maximum: 3}, key: {type: string, writeOnly: true, default: x}}",
        "    - id: inner\n      secret: {name: inner, data: {key: \"${params.key}${string(params.size)}\"}}\n",
        "{name: {value: \"${inner.metadata.name}\"}}",
    )
    .replace("name: test", "name: child")
    .replace("    type: object\n", "    type: object\n    required: [size]\n");
    let library = vec![compile(&child, &()).unwrap().template];
    let used = |tail: &str, data: &str| {
        let resource = format!("    - id: db\n      use: {{template: child, {tail}}}\n");
        template(
            "{key: {type: string, writeOnly: true, default: x}}",
            &format!("{resource}{}", config("web", data)),
            "",
        )
    };
    let check = |text: &str, message: &str| {
        let found: Vec<Finding> = findings_with(text, &library)
            .into_iter()
            .filter(|f| f.severity == Severity::Error)
            .collect();
        assert!(
            matches!(found.as_slice(), [only] if only.message.contains(message)),
            "{message}: {found:#?}"
        );
    };
    check(&used("version: ^2, with: {size: 1}", "{}"), "no published version");
    check(&used("version: oops, with: {size: 1}", "{}"), "not a range of versions");
    check(&used("version: ^1", "{}"), "needs the parameter `size`");
    check(
        &used("version: ^1, with: {size: 4}", "{}"),
        "does not fit the parameter `size`",
    );
    check(
        &used("version: ^1, with: {size: 1, sizes: 1}", "{}"),
        "has no parameter `sizes`",
    );
    check(
        &used("version: ^1, with: {size: 1}", "{n: \"${db.outputs.nmae}\"}"),
        "no output `nmae`",
    );
    check(
        &used("version: ^1, with: {size: 1}", "{n: \"${db.metadata.name}\"}"),
        "only `outputs`",
    );
    check(
        &used("version: ^1, with: {size: 1}", "{n: \"${db}\"}"),
        "name one of its outputs",
    );
    check(
        &used("version: ^1, with: {size: \"${int(params.key)}\"}", "{}"),
        "would be shown",
    );
    let right = used(
        "version: ^1, with: {size: 1, key: \"${params.key}\"}",
        "{n: \"${db.outputs.name}\"}",
    );
    let compiled = compile(&right, &library)
        .unwrap_or_else(|found| panic!("{found:#?}"))
        .template;
    assert_eq!(
        compiled
            .uses()
            .iter()
            .map(|(n, v)| format!("{n}@{v}"))
            .collect::<Vec<_>>(),
        ["child@1.0.0"]
    );
    assert_eq!(
        compiled.kinds().iter().map(|k| k.kind.as_str()).collect::<Vec<_>>(),
        ["ConfigMap", "Secret"]
    );
}
