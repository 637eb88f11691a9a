//! The catalog as callers find it: search, and what is published. What curators do to it is in the modules below.

pub mod curate;
pub mod examine;
pub mod impact;
pub mod try_out;

use std::sync::Arc;

use berth_model::permission::{Action, Caller};
use berth_model::template::TemplateVersion;
use berth_model::{Code, Error, Result};
use berth_template::{Card, Compiled};
use semver::Version;

use crate::state::App;

/// A template in a list: its name, its latest version, and what people read of it.
pub type Listing = (String, Version, Card);

/// The templates that have the tag and in which every word of `query` occurs, by name. Compiles nothing.
///
/// # Errors
/// `forbidden`.
pub fn search(app: &App, caller: &Caller, query: Option<&str>, tag: Option<&str>) -> Result<Vec<Listing>> {
    caller.on_platform(Action::TemplateRead)?;
    let words: Vec<String> = query
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let fits = |(name, _, card): &Listing| {
        let tags = card.tags.join(" ");
        let text = format!("{name}\n{}\n{}\n{tags}", card.title, card.summary).to_lowercase();
        tag.is_none_or(|tag| card.tags.iter().any(|own| own == tag)) && words.iter().all(|word| text.contains(word))
    };
    Ok(app.catalog.cards().into_iter().filter(fits).collect())
}

/// The latest version of a template.
///
/// # Errors
/// `not_found`.
pub fn get(app: &App, caller: &Caller, name: &str) -> Result<Listing> {
    let all = search(app, caller, None, None)?;
    all.into_iter()
        .find(|(known, ..)| known == name)
        .ok_or_else(Error::not_found)
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
/// `not_found`; `template_unavailable` when it does not compile any more.
pub async fn version(
    app: &App,
    caller: &Caller,
    name: &str,
    version: &str,
) -> Result<(TemplateVersion, Arc<Compiled>)> {
    let wanted: Version = version.parse().map_err(|_| Error::not_found())?;
    caller.on_platform(Action::TemplateRead)?;
    let published = app.store.template_version(name, &wanted).await?;
    let published = published.ok_or_else(Error::not_found)?;
    let compiled = app.catalog.get(name, &wanted).ok_or_else(|| {
        let why = app.catalog.broken(name, &wanted).unwrap_or_default();
        Error::new(
            Code::TemplateUnavailable,
            format!("{name} {wanted} does not compile: {why}"),
        )
    })?;
    Ok((published, compiled))
}
