//! `template render`: what a template comes to with these parameters, before anybody asks for an environment.

use std::path::{Path, PathBuf};

use berth_template::{Compiled, Data, Finding, NodeState};
use clap::ValueEnum;
use serde_json::{Map, Value};

use super::report::{self, Found, Rule};
use super::sources::{self, example_platform, inputs};
use super::{Unusable, print, read, remark, shown};

/// How objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// YAML, with remarks on what is left out or waits
    Yaml,
    /// One JSON list
    Json,
}

/// What to render, and with what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A template's file or folder
    path: PathBuf,
    /// Its parameters, a YAML or JSON file
    #[arg(long)]
    parameters: Option<PathBuf>,
    /// One parameter, over what the file says: `database.enabled=true`
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// The team that the environment belongs to
    #[arg(long, default_value = "checkout")]
    team: String,
    /// The environment's name
    #[arg(long, default_value = "preview-42")]
    name: String,
    /// What templates see as `platform`, a YAML or JSON file
    #[arg(long)]
    platform: Option<PathBuf>,
    /// How objects are written
    #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
    output: Output,
}

/// Whether it renders.
pub fn run(arguments: &Arguments) -> Result<bool, Unusable> {
    let templates = sources::load(std::slice::from_ref(&arguments.path))?;
    let [template] = templates.as_slice() else {
        let message = format!(
            "{} holds {} templates; name one",
            arguments.path.display(),
            templates.len()
        );
        return Err(Unusable(message));
    };
    let compiled = match &template.compiled {
        Ok((compiled, _)) => compiled,
        Err(findings) => return Ok(refused(&template.path, Rule::Template, findings)),
    };
    let platform = match &arguments.platform {
        Some(path) => match Data::read(&read(path)?) {
            Ok(data) => data.value(),
            Err(findings) => return Ok(refused(path, Rule::Example, &findings)),
        },
        None => example_platform(),
    };
    let mut given = match &arguments.parameters {
        Some(path) => match Data::read(&read(path)?) {
            Ok(data) => data.value(),
            Err(findings) => return Ok(refused(path, Rule::Example, &findings)),
        },
        None => Value::Null,
    };
    for one in &arguments.set {
        set(&mut given, one, compiled.parameter_schema())?;
    }
    let params = match compiled.check_parameters(&given) {
        Ok(params) => params,
        Err(findings) => return Ok(unfit(findings)),
    };
    let inputs = inputs(compiled, params, &arguments.team, &arguments.name, platform);
    match compiled.check_rules(&inputs) {
        Ok(broken) if broken.is_empty() => {}
        Ok(broken) => return Ok(unfit(broken)),
        Err(error) => {
            remark(&format!("{}: {error}", template.path.display()));
            return Ok(false);
        }
    }
    show(compiled, &inputs, &template.path, arguments.output)
}

fn show(compiled: &Compiled, inputs: &berth_template::Inputs, path: &Path, output: Output) -> Result<bool, Unusable> {
    let rendered = match shown::render(compiled, inputs) {
        Ok(rendered) => rendered,
        Err(error) => {
            remark(&format!("{}: {error}", path.display()));
            return Ok(false);
        }
    };
    match output {
        Output::Yaml => print(&shown::yaml(&rendered))?,
        Output::Json => {
            for node in &rendered.nodes {
                if let NodeState::Waiting { on, path } = &node.state {
                    remark(&format!("{} waits for {on}.{path}", node.id));
                }
            }
            print(&serde_json::to_string_pretty(&shown::json(&rendered)).unwrap_or_default())?;
        }
    }
    Ok(true)
}

fn refused(path: &Path, rule: Rule, findings: &[Finding]) -> bool {
    for finding in findings {
        let found = Found {
            file: path.to_path_buf(),
            rule,
            finding: finding.clone(),
        };
        remark(&report::line(&found));
    }
    false
}

fn unfit(findings: Vec<berth_template::ParameterFinding>) -> bool {
    for finding in findings {
        let pointer = if finding.pointer.is_empty() {
            "/"
        } else {
            &finding.pointer
        };
        remark(&format!("{pointer}: {}", finding.detail));
    }
    false
}

/// Sets `a.b=c`. What the schema says is text stays text; anything else is read as YAML.
fn set(given: &mut Value, one: &str, schema: &Value) -> Result<(), Unusable> {
    let wrong = |why: &str| Unusable(format!("--set {one}: {why}"));
    let (path, text) = one.split_once('=').ok_or_else(|| wrong("write NAME=VALUE"))?;
    let (mut at, mut schema) = (given, schema);
    for name in path.split('.') {
        if name.is_empty() {
            return Err(wrong("a name is empty"));
        }
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        let fields = at
            .as_object_mut()
            .ok_or_else(|| wrong("it goes into something that is no mapping"))?;
        at = fields.entry(name).or_insert(Value::Null);
        let declared = &schema["properties"][name];
        schema = if declared.is_null() {
            &schema["additionalProperties"]
        } else {
            declared
        };
    }
    *at = if schema["type"] == "string" {
        Value::String(text.to_owned())
    } else {
        match Data::read(text) {
            Ok(data) => data.value(),
            Err(_) if text.is_empty() => Value::Null,
            Err(findings) => return Err(wrong(&findings.first().map(|f| f.message.clone()).unwrap_or_default())),
        }
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::set;

    #[test]
    fn parameters_are_set_one_by_one() {
        let schema = json!({"properties": {
            "image": {"type": "string"}, "replicas": {"type": "integer"},
            "env": {"additionalProperties": {"type": "string"}},
        }});
        let mut given = json!({"env": {"A": "1"}});
        for one in [
            "image=2",
            "replicas=2",
            "env.B=true",
            "database.enabled=true",
            "list=[1, two]",
            "image=a=b",
        ] {
            set(&mut given, one, &schema).unwrap();
        }
        let expected = json!({
            "image": "a=b", "replicas": 2, "env": {"A": "1", "B": "true"}, "database": {"enabled": true}, "list": [1, "two"],
        });
        assert_eq!(given, expected);
        for one in ["image", "a..b=1", "image.x=1", "list=[1"] {
            assert!(set(&mut given, one, &schema).is_err(), "{one}");
        }
        let mut nothing = Value::Null;
        set(&mut nothing, "a=", &schema).unwrap();
        assert_eq!(nothing, json!({"a": null}));
    }
}
