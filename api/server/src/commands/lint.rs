//! `template lint`: compiles templates, and renders what their examples come to.

use std::path::{Path, PathBuf};

use berth_template::{Compiled, Data, Finding, Live, RenderError, Severity};

use super::report::{Format, Report, Rule};
use super::sources::{self, Example, example_inputs};
use super::{Unusable, print, remark};

/// What to lint, and how to say what was found.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Files, templates' folders, or folders of templates
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Exit with 1 for warnings as well
    #[arg(long)]
    warnings_as_errors: bool,
}

/// Whether nothing is wrong.
pub fn run(arguments: &Arguments) -> Result<bool, Unusable> {
    let mut report = Report::default();
    for template in sources::load(&arguments.paths)? {
        report.templates += 1;
        match template.compiled {
            Ok((compiled, warnings)) => {
                report.add(&template.path, Rule::Template, warnings);
                for example in sources::examples(&template.path)? {
                    report.examples += 1;
                    check(&compiled, &template.path, &example, &mut report);
                }
            }
            Err(findings) => report.add(&template.path, Rule::Template, findings),
        }
    }
    let text = report.write(arguments.format);
    if !text.is_empty() {
        print(&text)?;
    }
    remark(&report.summary());
    let wrong = report.count(Severity::Error);
    let doubtful = report.count(Severity::Warning);
    Ok(wrong == 0 && (doubtful == 0 || !arguments.warnings_as_errors))
}

fn check(compiled: &Compiled, template: &Path, example: &Example, report: &mut Report) {
    match &example.data {
        Ok(data) => match render(compiled, data) {
            Ok(()) => {}
            Err(Wrong::Parameters(findings)) => report.add(&example.path, Rule::Example, findings),
            Err(Wrong::Template(error)) => {
                let RenderError {
                    resource,
                    path,
                    line,
                    column,
                    message,
                } = *error;
                let finding = Finding {
                    severity: Severity::Error,
                    message: format!("the example `{}` does not render: {resource}: {message}", example.name),
                    line,
                    column,
                    path,
                    suggestion: None,
                };
                report.add(template, Rule::Example, [finding]);
            }
        },
        Err(findings) => report.add(&example.path, Rule::Example, findings.iter().cloned()),
    }
}

enum Wrong {
    Parameters(Vec<Finding>),
    Template(Box<RenderError>),
}

fn render(compiled: &Compiled, data: &Data) -> Result<(), Wrong> {
    let places = |found: Vec<berth_template::ParameterFinding>| {
        let one = |finding: berth_template::ParameterFinding| data.error(&finding.pointer, finding.detail);
        Wrong::Parameters(found.into_iter().map(one).collect())
    };
    let params = compiled.check_parameters(&data.value()).map_err(places)?;
    let inputs = example_inputs(compiled, params);
    let failed = |error| Wrong::Template(Box::new(error));
    let broken = compiled.check_rules(&inputs).map_err(failed)?;
    if !broken.is_empty() {
        return Err(places(broken));
    }
    compiled.render(&inputs, &Live::new()).map(|_| ()).map_err(failed)
}
