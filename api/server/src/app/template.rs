//! The catalog as callers find it: search, and what is published.

use std::sync::Arc;

use berth_model::permission::{Action, Caller};
use berth_model::template::TemplateVersion;
use berth_model::{Error, Result};
use berth_template::Compiled;
use semver::Version;

use crate::state::App;

/// The latest version of every template that has the tag and in which every word of `query` occurs, by name.
///
/// # Errors
/// `forbidden`.
pub fn search(app: &App, caller: &Caller, query: Option<&str>, tag: Option<&str>) -> Result<Vec<Arc<Compiled>>> {
    caller.on_platform(Action::TemplateRead)?;
    let words: Vec<String> = query
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let fits = |template: &Arc<Compiled>| {
        let text = [
            template.name(),
            template.title(),
            template.summary(),
            &template.tags().join(" "),
        ]
        .join("\n");
        let text = text.to_lowercase();
        tag.is_none_or(|tag| template.tags().iter().any(|own| own == tag))
            && words.iter().all(|word| text.contains(word))
    };
    Ok(app
        .catalog
        .names()
        .iter()
        .filter_map(|name| app.catalog.latest(name))
        .filter(fits)
        .collect())
}

/// The latest version of a template.
///
/// # Errors
/// `not_found`.
pub fn get(app: &App, caller: &Caller, name: &str) -> Result<Arc<Compiled>> {
    caller.on_platform(Action::TemplateRead)?;
    app.catalog.latest(name).ok_or_else(Error::not_found)
}

/// Every published version of a template, the latest first.
///
/// # Errors
/// `not_found`.
pub async fn versions(app: &App, caller: &Caller, name: &str) -> Result<Vec<TemplateVersion>> {
    caller.on_platform(Action::TemplateRead)?;
    let mut versions = app.store.template_versions().await?;
    versions.retain(|version| version.name == name);
    versions.sort_by(|a, b| b.version.cmp(&a.version));
    if versions.is_empty() {
        Err(Error::not_found())
    } else {
        Ok(versions)
    }
}

/// One published version, and what compiling it found.
///
/// # Errors
/// `not_found`.
pub async fn version(
    app: &App,
    caller: &Caller,
    name: &str,
    version: &str,
) -> Result<(TemplateVersion, Arc<Compiled>)> {
    let wanted: Version = version.parse().map_err(|_| Error::not_found())?;
    let published = versions(app, caller, name)
        .await?
        .into_iter()
        .find(|version| version.version == wanted);
    let compiled = app.catalog.get(name, &wanted);
    published.zip(compiled).ok_or_else(Error::not_found)
}
