//! `template test`: what every example comes to, compared with what is committed beside it.
//!
//! `golden/default.yaml` is what `examples/default.yaml` renders to, in the form of `template render`.

use std::path::{Path, PathBuf};

use berth_template::Compiled;
use similar::TextDiff;

use super::report::{self, Found, Rule};
use super::sources::{self, Example, example_inputs};
use super::{Unusable, print, read, remark, shown, write};

/// What to test.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Files, templates' folders, or folders of templates
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Write the golden files instead of comparing with them
    #[arg(long)]
    update: bool,
}

/// What came of all examples.
#[derive(Debug, Default)]
struct Tally {
    examples: usize,
    different: usize,
    failed: usize,
    written: usize,
}

/// Whether everything is as it was committed.
pub fn run(arguments: &Arguments) -> Result<bool, Unusable> {
    let mut tally = Tally::default();
    for template in sources::load(&arguments.paths)? {
        match &template.compiled {
            Ok((compiled, _)) => test(compiled, &template.path, arguments.update, &mut tally)?,
            Err(findings) => {
                tally.failed += 1;
                for finding in findings {
                    let found = Found {
                        file: template.path.clone(),
                        rule: Rule::Template,
                        finding: finding.clone(),
                    };
                    remark(&report::line(&found));
                }
            }
        }
    }
    let Tally {
        examples,
        different,
        failed,
        written,
    } = tally;
    let written = if arguments.update {
        format!(", {written} written")
    } else {
        String::new()
    };
    remark(&format!(
        "{examples} examples, {different} different, {failed} failed{written}"
    ));
    Ok(different == 0 && failed == 0)
}

fn test(compiled: &Compiled, template: &Path, update: bool, tally: &mut Tally) -> Result<(), Unusable> {
    let examples = sources::examples(template)?;
    if examples.is_empty() {
        remark(&format!("{}: there are no examples", template.display()));
    }
    for example in &examples {
        tally.examples += 1;
        let text = match rendered(compiled, example) {
            Ok(text) => text,
            Err(why) => {
                tally.failed += 1;
                remark(&format!("{}: {why}", example.path.display()));
                continue;
            }
        };
        let golden = template.with_file_name("golden").join(format!("{}.yaml", example.name));
        let before = if golden.exists() { read(&golden)? } else { String::new() };
        if before == text {
            continue;
        }
        if update {
            write(&golden, &text)?;
            tally.written += 1;
            continue;
        }
        tally.different += 1;
        let (old, new) = (
            golden.display().to_string(),
            format!("{} as rendered", example.path.display()),
        );
        let difference = TextDiff::from_lines(&before, &text);
        print(
            &difference
                .unified_diff()
                .context_radius(3)
                .header(&old, &new)
                .to_string(),
        )?;
    }
    for golden in sources::files(template, "golden")? {
        if !examples.iter().any(|example| example.name == sources::name(&golden)) {
            tally.failed += 1;
            remark(&format!("{}: there is no example of that name", golden.display()));
        }
    }
    Ok(())
}

fn rendered(compiled: &Compiled, example: &Example) -> Result<String, String> {
    let data = example.data.as_ref().map_err(|findings| {
        let one = |f: &berth_template::Finding| format!("{}:{}: {}", f.line, f.column, f.message);
        findings.iter().map(one).collect::<Vec<_>>().join("; ")
    })?;
    let unfit = |findings: Vec<berth_template::ParameterFinding>| {
        let one = |f: &berth_template::ParameterFinding| format!("{}: {}", f.pointer, f.detail);
        findings.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    let params = compiled.check_parameters(&data.value()).map_err(unfit)?;
    let inputs = example_inputs(compiled, params);
    let broken = compiled.check_rules(&inputs).map_err(|error| error.to_string())?;
    if !broken.is_empty() {
        return Err(unfit(broken));
    }
    let rendered = shown::render(compiled, &inputs).map_err(|error| error.to_string())?;
    Ok(shown::yaml(&rendered))
}
