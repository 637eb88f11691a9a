//! The expression language, through outputs: what comes out, with its type, and what is refused.

use berth_template::{Inputs, Live, Output, compile};
use serde_json::{Value, json};

fn inputs() -> Inputs {
    Inputs {
        params: json!({
            "replicas": 3, "name": "web", "ratio": 0.5, "big": 9_223_372_036_854_775_807_u64, "on": true, "nothing": null,
            "list": [3, 1, 2], "map": {"zebra": 1, "ant": 2, "bee": 3}, "nested": {"a": {"b": [10, {"c": "deep"}]}},
        }),
        env: json!({"name": "preview", "team": "shop", "labels": {"app.kubernetes.io/name": "x"}}),
        platform: json!({"domain": "example.com"}),
    }
}

fn evaluate(scalar: &str) -> Result<Value, String> {
    let scalar = scalar.to_owned();
    futures::executor::block_on(berth_template::pool::run(move || evaluate_here(&scalar)))
}

fn evaluate_here(scalar: &str) -> Result<Value, String> {
    let text = format!(
        "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: t, version: 1.0.0}}\nspec:\n  parameters: {{type: object, \
         additionalProperties: true}}\n  resources: []\n  outputs: {{o: {{value: {}}}}}\n",
        Value::String(scalar.to_owned())
    );
    let template = compile(&text, &()).map_err(|found| format!("{found:?}"))?.template;
    match template.render(&inputs(), &Live::new()) {
        Ok(rendered) => match rendered.outputs.get("o") {
            Some(Output::Value { value, .. }) => Ok(value.clone()),
            other => panic!("{other:?}"),
        },
        Err(error) => Err(error.message),
    }
}

#[track_caller]
fn hold(table: &[(&str, Value)]) {
    for (scalar, expected) in table {
        assert_eq!(evaluate(scalar).as_ref(), Ok(expected), "{scalar}");
    }
}

#[test]
fn operators_and_paths_keep_types() {
    hold(&[
        ("plain", json!("plain")),
        ("${params.replicas}", json!(3)),
        ("${params.replicas * 2 + 1}", json!(7)),
        ("${params.replicas / 2}", json!(1)),
        ("${-params.replicas % 2}", json!(-1)),
        ("${params.ratio * 2.0}", json!(1.0)),
        ("${params.big}", json!(9_223_372_036_854_775_807_u64)),
        (
            "n=${params.replicas} ${params.on} ${params.ratio}",
            json!("n=3 true 0.5"),
        ),
        ("$${params.replicas}", json!("${params.replicas}")),
        ("a $${b} ${params.name}", json!("a ${b} web")),
        ("${params.name + '-' + env.team}", json!("web-shop")),
        ("${params.nothing}", json!(null)),
        (
            "${params.replicas == 3 && params.replicas < 3.5 && params.replicas != 4}",
            json!(true),
        ),
        ("${params.on ? 'yes' : 'no'}", json!("yes")),
        ("${params.missing || params.on}", json!(true)),
        ("${!(params.missing && false)}", json!(true)),
        ("${params.nested.a.b[1].c}", json!("deep")),
        ("${params.nested['a'].b[0]}", json!(10)),
        ("${env.labels['app.kubernetes.io/name']}", json!("x")),
        ("${env.labels.`app.kubernetes.io/name`}", json!("x")),
        (
            "${has(params.name) && !has(params.missing) && !has(params.missing.deeper)}",
            json!(true),
        ),
        ("${params.?missing.orValue('other')}", json!("other")),
        ("${params.?missing.?deeper.orValue(1)}", json!(1)),
        ("${params.?name.orValue('other')}", json!("web")),
        ("${params.?missing}", json!(null)),
        ("${params.?missing.hasValue()}", json!(false)),
        ("${[1, ?params.?missing, 2]}", json!([1, 2])),
        ("${{'a': 1, ?'b': params.?missing}}", json!({"a": 1})),
        ("${params.list.map(x, x * 10)}", json!([30, 10, 20])),
        ("${params.list.filter(x, x > 1)}", json!([3, 2])),
        ("${params.list.map(x, x > 1, x + 1)}", json!([4, 3])),
        (
            "${params.list.all(x, x > 0) && params.list.exists(x, x == 2) && params.list.exists_one(x, x == 3)}",
            json!(true),
        ),
        ("${params.map.map(k, k)}", json!(["ant", "bee", "zebra"])),
        (
            "${params.map.map(k, k + string(params.map[k])).join(',')}",
            json!("ant2,bee3,zebra1"),
        ),
        (
            "${'ant' in params.map && 2 in params.list && !(7 in params.list)}",
            json!(true),
        ),
        ("${params.map}", json!({"zebra": 1, "ant": 2, "bee": 3})),
        ("${params.list + [4]}", json!([3, 1, 2, 4])),
        (
            "${{'b': 2, 'a': [1, {'c': null}]}}",
            json!({"b": 2, "a": [1, {"c": null}]}),
        ),
    ]);
}

#[test]
fn functions_do_what_they_are_named_for() {
    hold(&[
        ("${size(params.list) + size('äbc') + params.map.size()}", json!(9)),
        (
            "${'A-b'.lowerAscii() + 'c'.upperAscii() + ' d '.trim()}",
            json!("a-bCd"),
        ),
        ("${'a.b.c'.split('.')}", json!(["a", "b", "c"])),
        ("${'a.b'.replace('.', '-')}", json!("a-b")),
        (
            "${'abc'.startsWith('a') && 'abc'.endsWith('c') && 'abc'.contains('b')}",
            json!(true),
        ),
        ("${'abc'.matches('^a.c$')}", json!(true)),
        (
            "${'abc'.substring(1) + 'abc'.charAt(0) + string('abc'.indexOf('c'))}",
            json!("bca2"),
        ),
        ("${params.list.sort()}", json!([1, 2, 3])),
        (
            "${[[1], [2]].flatten() + [1, 1].distinct() + [1, 2].reverse() + [1, 2, 3].slice(0, 1)}",
            json!([1, 2, 1, 2, 1, 1]),
        ),
        ("${int('7') + int(2.9)}", json!(9)),
        ("${double('1.5') + 1.0}", json!(2.5)),
        ("${math.greatest(1, 5, 3) + math.least(2, 4) + math.abs(-3)}", json!(10)),
        ("${base64.encode(bytes('app'))}", json!("YXBw")),
        ("${string(base64.decode('YXBw'))}", json!("app")),
        ("${duration('90s') + duration('30s')}", json!("120s")),
        ("${duration('2m') > duration('60s')}", json!(true)),
        ("${timestamp('2026-01-02T03:04:05Z').getFullYear()}", json!(2026)),
        (
            "${timestamp('2026-01-02T03:04:05Z') + duration('1h')}",
            json!("2026-01-02T04:04:05Z"),
        ),
        ("${shortName('short', 20)}", json!("short")),
        (
            "${digest({'a': 1, 'b': [2]}) == digest({'b': [2], 'a': 1}) && digest('1') != digest(1)}",
            json!(true),
        ),
        ("${1u + 2u}", json!(3)),
        ("${dyn(1) == 1.0}", json!(true)),
        ("${dyn(1) == 'a'}", json!(false)),
        ("${'}' + \"}\" + '${'}", json!("}}${")),
    ]);
}

#[test]
fn a_short_name_keeps_to_its_length_and_tells_names_apart() {
    let name = |n: usize| evaluate(&format!("${{shortName('{}', 30)}}", "a-very-long-name-".repeat(n))).unwrap();
    assert_ne!(name(3), name(4));
    assert_eq!(name(3).as_str().unwrap().len(), 30);
    assert!(name(3).as_str().unwrap().starts_with("a-very-long-name-a-ve"));
}

#[test]
fn what_cannot_be_evaluated_says_why_and_never_shows_a_value() {
    let table = [
        ("${params.missing}", "there is no `missing`"),
        ("${params.list[7]}", "there is no `[7]`"),
        ("${params.name.first}", "text has no field `first`"),
        ("${params.name + 1}", "`+` does not work on text and an integer"),
        ("${params.replicas / 0}", "division by zero"),
        ("${params.big + 1}", "does not fit 64 bits"),
        ("${params.name < 1}", "does not work"),
        ("${params.name ? 1 : 2}", "must be a boolean"),
        ("${params.name && true}", "must be a boolean"),
        ("x ${params.list}", "a list cannot be a part of text"),
        ("x ${params.nothing}", "null cannot be a part of text"),
        ("${params.name.orValue(1)}", "optional"),
        ("${'a'.matches('(')}", "does not accept"),
        ("${timestamp(params.name)}", "does not accept"),
        ("${{params.list: 1}}", "cannot be a key"),
        ("${{1: 'a'}}", "a key must be text"),
        ("${bytes('a')}", "bytes are no text"),
        ("${params.replicas.map(x, x)}", "cannot go through an integer"),
        ("${1.0 / 0.0}", "not finite"),
    ];
    for (scalar, message) in table {
        let said = evaluate(scalar).unwrap_err();
        assert!(said.contains(message), "{scalar}: {said}");
        assert!(!said.contains("web"), "{scalar}: {said}");
    }
}

#[test]
fn what_costs_too_much_is_stopped() {
    let many = "[0,1,2,3,4,5,6,7,8,9]";
    let doubling = |n: usize| format!("${{['xxxxxxxxxxxxxxxx']{}}}", ".map(a, a + a)".repeat(n));
    let sharing = |n: usize| format!("${{[1]{}}}", ".map(a, [a, a])".repeat(n));
    let loops = |n: usize| {
        let open = (0..n).fold(String::new(), |open, i| open + &format!("{many}.map(v{i}, "));
        format!("${{{open}1{}}}", ")".repeat(n))
    };
    let absorbed = format!(
        "${{true || {many}.all(a, {many}.all(b, {many}.all(c, {many}.all(d, {many}.all(e, {many}.all(f, true))))))}}"
    );
    assert_eq!(evaluate(&absorbed), Ok(json!(true)));
    let costly = absorbed
        .replace("true ||", "false ||")
        .replace("all(f, true)", "all(f, 1 == 1)");
    for scalar in [
        doubling(40),
        sharing(60),
        format!(
            "${{[1]{} == [1]{}}}",
            ".map(a, [a, a])".repeat(40),
            ".map(a, [a, a])".repeat(40)
        ),
        loops(8),
        costly,
        format!(
            "${{'{0}'.replace('', '{0}').replace('', '{0}').replace('', '{0}')}}",
            "x".repeat(400)
        ),
    ] {
        let started = std::time::Instant::now();
        let said = evaluate(&scalar).unwrap_err();
        assert!(
            said.contains("steps") || said.contains("larger than"),
            "{scalar}: {said}"
        );
        assert!(started.elapsed().as_secs() < 5, "{scalar}");
    }
}

#[test]
fn long_chains_and_deep_nesting_do_not_overflow_the_stack() {
    let chain = format!("${{{}1}}", "1+".repeat(1000));
    assert_eq!(evaluate(&chain), Ok(json!(1001)));
    assert_eq!(evaluate(&format!("${{{}true}}", "!".repeat(1000))), Ok(json!(true)));
    for open in ["(", "[", "{'a':", "-(", "a(", "a[", "a.b(", "a?b:"] {
        assert!(evaluate(&format!("${{{}", open.repeat(2000 / open.len()))).is_err());
        assert!(evaluate(&format!("${{{}1}}", open.repeat(2000 / open.len()))).is_err());
    }
}
