//! The expression language beyond its core: macros with two variables, bindings, sets, bits, and Kubernetes' own kinds of
//! values. A row is an expression and what it comes to; an error row says a part of the message.

use berth_template::{Inputs, Live, Output, Schemas, compile_with};
use serde_json::{Value, json};

fn evaluate(expression: &str) -> Result<Value, String> {
    let text = format!(
        "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: t, version: 1.0.0}}\nspec:\n  parameters: {{type: object, \
         additionalProperties: true}}\n  resources: []\n  outputs: {{o: {{value: {}}}}}\n",
        Value::String(format!("${{{expression}}}"))
    );
    let template = compile_with(&text, &(), &Schemas::none())
        .map_err(|found| format!("{found:?}"))?
        .template;
    let inputs = Inputs {
        params: json!({"list": [3, 1, 2], "map": {"b": 2, "a": 1}, "name": "web", "none": {}}),
        ..Inputs::default()
    };
    match template.render(&inputs, &Live::new()) {
        Ok(rendered) => match rendered.outputs.get("o") {
            Some(Output::Value { value, .. }) => Ok(value.clone()),
            other => panic!("{other:?}"),
        },
        Err(error) => Err(error.message),
    }
}

#[rustfmt::skip]
const GOOD: &[(&str, &str)] = &[
    // Bindings.
    ("cel.bind(x, params.list.size(), x + x)", "6"),
    ("cel.bind(x, 1, cel.bind(y, x + 1, [x, y]))", "[1, 2]"),
    ("cel.bind(x, 'a', [1, 2].map(i, x + string(i)))", r#"["a1", "a2"]"#),
    // Two variables.
    ("params.list.all(i, v, v > i - 2)", "true"),
    ("params.list.all(i, v, v > i)", "false"),
    ("params.list.exists(i, v, i == v)", "true"),
    ("params.list.existsOne(i, v, i == 0 && v == 3)", "true"),
    ("params.map.all(k, v, k in ['a', 'b'] && v < 3)", "true"),
    ("params.map.exists(k, v, k == 'b' && v == 2)", "true"),
    ("params.list.transformList(i, v, i * v)", "[0, 1, 4]"),
    ("params.list.transformList(i, v, v > 1, v)", "[3, 2]"),
    ("params.map.transformList(k, v, k + string(v))", r#"["a1", "b2"]"#),
    ("params.map.transformMap(k, v, v * 10)", r#"{"a": 10, "b": 20}"#),
    ("params.map.transformMap(k, v, v > 1, v * 10)", r#"{"b": 20}"#),
    ("params.map.transformMapEntry(k, v, {string(v): k})", r#"{"1": "a", "2": "b"}"#),
    ("params.map.transformMapEntry(k, v, k == 'a', {string(v): k})", r#"{"1": "a"}"#),
    // Optional values.
    ("params.?name.optMap(n, n + '!').orValue('none')", r#""web!""#),
    ("params.none.?name.optMap(n, n + '!').orValue('none')", r#""none""#),
    ("params.?none.optFlatMap(n, n.?name).orValue('none')", r#""none""#),
    ("optional.ofNonZeroValue('').hasValue()", "false"),
    ("optional.ofNonZeroValue([0]).hasValue()", "true"),
    ("params.list.first().value() + params.list.last().value()", "5"),
    ("[].first().hasValue()", "false"),
    // Sets and ranges.
    ("sets.contains([1, 2, 3], [3, 1])", "true"),
    ("sets.contains([1], [1, 2])", "false"),
    ("sets.equivalent([1, 2, 2], [2, 1])", "true"),
    ("sets.intersects([1, 2], [2, 3])", "true"),
    ("sets.intersects([], [1])", "false"),
    ("lists.range(4)", "[0, 1, 2, 3]"),
    ("lists.range(0)", "[]"),
    // Numbers.
    ("math.bitAnd(6, 3)", "2"),
    ("math.bitOr(6, 3)", "7"),
    ("math.bitXor(6, 3)", "5"),
    ("math.bitNot(0)", "-1"),
    ("math.bitShiftLeft(1, 4)", "16"),
    ("math.bitShiftLeft(1, 64)", "0"),
    ("math.bitShiftRight(-1, 63)", "1"),
    ("math.isNaN(0.0 / 0.0)", "true"),
    ("math.isInf(1.0 / 0.0)", "true"),
    ("math.isFinite(1.5)", "true"),
    ("math.sqrt(9)", "3.0"),
    // Text.
    (r#"strings.quote('a "b"\n')"#, r#""\"a \\\"b\\\"\\n\"""#),
    // Quantities.
    ("quantity('1Gi') == quantity('1024Mi')", "true"),
    ("quantity('500m').isLessThan(quantity('1'))", "true"),
    ("quantity('1k').asInteger()", "1000"),
    ("quantity('1500m').isInteger()", "false"),
    ("quantity('1500m').asApproximateFloat()", "1.5"),
    ("quantity('1Gi').add(quantity('1Gi')).compareTo(quantity('2Gi'))", "0"),
    ("quantity('3').sub(5).sign()", "-1"),
    ("isQuantity('5Gi') && !isQuantity('5GB')", "true"),
    ("quantity('1e3').asInteger()", "1000"),
    // Addresses and networks.
    ("ip('10.0.0.1').family()", "4"),
    ("ip('::1').isLoopback() && ip('0.0.0.0').isUnspecified()", "true"),
    ("ip('8.8.8.8').isGlobalUnicast() && !ip('127.0.0.1').isGlobalUnicast()", "true"),
    ("ip('169.254.1.1').isLinkLocalUnicast() && ip('224.0.0.9').isLinkLocalMulticast()", "true"),
    ("ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1')", "true"),
    ("isIP('1.2.3') || isIP('::ffff:1.2.3.4')", "false"),
    ("string(ip('2001:0db8::1'))", r#""2001:db8::1""#),
    ("cidr('10.0.0.0/8').containsIP('10.9.8.7') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))", "true"),
    ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))", "true"),
    ("string(cidr('10.1.2.3/16').masked())", r#""10.1.0.0/16""#),
    ("cidr('10.1.2.3/16').prefixLength()", "16"),
    ("string(cidr('10.1.2.3/16').ip())", r#""10.1.2.3""#),
    ("isCIDR('10.0.0.0/33') || isCIDR('10.0.0.0/08')", "false"),
    // URLs.
    ("url('https://user@example.com:8443/a%20b?x=1&x=2&y').getHost()", r#""example.com:8443""#),
    ("url('https://example.com:8443/a%20b').getHostname()", r#""example.com""#),
    ("url('https://[::1]:80/').getHostname() + url('https://[::1]:80/').getPort()", r#""::180""#),
    ("url('https://example.com/a%20b?x=1').getEscapedPath()", r#""/a%20b""#),
    ("url('https://example.com/?x=1&x=2&y').getQuery()", r#"{"x": ["1", "2"], "y": [""]}"#),
    ("url('HTTPS://example.com').getScheme()", r#""https""#),
    ("isURL('/just/a/path') && !isURL('example.com') && !isURL('https://a b')", "true"),
];

#[rustfmt::skip]
const BAD: &[(&str, &str)] = &[
    ("quantity('5GB')", "the text is not a quantity"),
    ("quantity('1500m').asInteger()", "not a whole number"),
    ("quantity('1')", "a quantity is no value of a field"),
    ("ip('1.2.3')", "the text is not an IP address"),
    ("cidr('10.0.0.0')", "the text is not a network"),
    ("url('example.com')", "the text is not a URL"),
    ("lists.range(10001)", "a range has at most 10000 items"),
    ("{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", "the map has a key twice"),
    ("math.bitShiftLeft(1, -1)", "a shift that is not negative"),
    ("params.map.transformMap(k, v, nothing)", "unknown name `nothing`"),
    ("cel.bind(x, 1, y)", "unknown name `y`"),
    ("params.list.transfromList(i, v, v)", "unknown function `transfromList`"),
];

#[test]
fn expressions_come_to_what_they_say() {
    for (expression, expected) in GOOD {
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(evaluate(expression), Ok(expected), "{expression}");
    }
}

#[test]
fn what_cannot_be_says_why() {
    for (expression, message) in BAD {
        let said = evaluate(expression).unwrap_err();
        assert!(said.contains(message), "{expression}: {said}");
    }
}

#[test]
fn macros_that_follow_each_other_cost_no_more_than_they_say() {
    let mut expression = "params.?name".to_owned();
    while expression.len() < 1_900 {
        expression += ".optMap(n, n)";
    }
    // Doubling with every macro would not end within a lifetime; the depth of what is written out may be refused.
    let answer = evaluate(&format!("{expression}.orValue('')"));
    assert!(answer == Ok(json!("web")) || answer.is_err(), "{answer:?}");
}
