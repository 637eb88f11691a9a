//! Which template a request means: `web-service`, `web-service@1.0.0`, `web-service@^1`.
//!
//! Pure: knows the compiled catalog and nothing of requests or rows.

use std::sync::Arc;

use berth_model::{Code, Error, FieldError, Result};
use berth_template::{Catalog, Compiled, Library as _, nearest};
use semver::{Version, VersionReq};

/// What is applied beneath every environment and is therefore nothing to make one from.
const BASELINE: &str = "baseline";
/// The longest text that is looked up at all.
const LONGEST: usize = 128;

/// A template's name and which of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    name: String,
    version: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Latest,
    Exactly(Version),
    Within(VersionReq),
}

impl Choice {
    /// Reads the text.
    ///
    /// # Errors
    /// The rule that does not hold, as a sentence about the field.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let malformed = "must be a template's name, alone or with a version (`name@1.2.3`) or a range (`name@^1`)";
        if text.is_empty() || text.len() > LONGEST || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(malformed);
        }
        let (name, version) = match text.split_once('@') {
            None => (text, Wanted::Latest),
            Some((name, version)) => match (Version::parse(version), VersionReq::parse(version)) {
                (Ok(version), _) => (name, Wanted::Exactly(version)),
                (Err(_), Ok(range)) => (name, Wanted::Within(range)),
                (Err(_), Err(_)) => return Err(malformed),
            },
        };
        if name.is_empty() {
            return Err(malformed);
        }
        Ok(Self {
            name: name.to_owned(),
            version,
        })
    }

    /// Whether it means one version and no other.
    pub const fn is_exact(&self) -> bool {
        matches!(self.version, Wanted::Exactly(_))
    }

    /// The template at the version it comes to: the highest that fits.
    ///
    /// # Errors
    /// `template_unknown`, with what was probably meant; `template_unavailable` for what no environment is made from.
    pub fn resolve(&self, catalog: &Catalog) -> Result<Arc<Compiled>> {
        if self.name == BASELINE {
            return Err(refuse(
                Code::TemplateUnavailable,
                "is applied beneath every environment, not by itself".into(),
            ));
        }
        let found = match &self.version {
            Wanted::Latest => catalog.latest(&self.name),
            Wanted::Exactly(version) => catalog.get(&self.name, version),
            Wanted::Within(range) => catalog.resolve(&self.name, range),
        };
        found.ok_or_else(|| self.unknown(catalog))
    }

    fn unknown(&self, catalog: &Catalog) -> Error {
        let name = &self.name;
        if let Some(latest) = catalog.latest(name) {
            let wanted = match &self.version {
                Wanted::Latest => "*".to_owned(),
                Wanted::Exactly(version) => version.to_string(),
                Wanted::Within(range) => range.to_string(),
            };
            let detail = format!("`{name}` has no version {wanted}; its latest is {}", latest.version());
            return refuse(Code::TemplateUnknown, detail);
        }
        let mut names = catalog.names();
        names.retain(|known| known != BASELINE);
        let detail = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("there is no template `{name}`; did you mean `{near}`?"),
            None if names.is_empty() => format!("there is no template `{name}`"),
            None => format!("there is no template `{name}`; there are {}", names.join(", ")),
        };
        refuse(Code::TemplateUnknown, detail)
    }
}

fn refuse(code: Code, detail: String) -> Error {
    let field = FieldError {
        pointer: "/template".to_owned(),
        detail: detail.clone(),
    };
    Error::new(code, detail).with_fields(vec![field])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let catalog = Catalog::new();
        for (name, version) in [
            ("web", "1.0.0"),
            ("web", "1.4.0"),
            ("web", "2.0.0"),
            ("baseline", "1.0.0"),
        ] {
            let document = format!(
                "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: {name}, version: {version}, title: T, \
                 summary: S, owner: platform}}\nspec:\n  resources:\n    - id: settings\n      object: {{apiVersion: v1, \
                 kind: ConfigMap, metadata: {{name: tiny}}}}\n"
            );
            catalog.insert(&document).unwrap();
        }
        catalog
    }

    #[test]
    fn a_choice_comes_to_the_highest_version_that_fits() {
        let catalog = catalog();
        for (text, version) in [
            ("web", "2.0.0"),
            ("web@^1", "1.4.0"),
            ("web@1.0.0", "1.0.0"),
            ("web@1", "1.4.0"),
        ] {
            let resolved = Choice::parse(text).unwrap().resolve(&catalog).unwrap();
            assert_eq!(resolved.version().to_string(), version, "{text}");
        }
    }

    #[test]
    fn what_is_unknown_is_answered_with_what_is_near() {
        let refused = |text: &str| Choice::parse(text).unwrap().resolve(&catalog()).unwrap_err();
        for (text, code, part) in [
            ("wbe", Code::TemplateUnknown, "did you mean `web`?"),
            ("mainframe", Code::TemplateUnknown, "there are web"),
            ("web@3.0.0", Code::TemplateUnknown, "its latest is 2.0.0"),
            ("web@^9", Code::TemplateUnknown, "its latest is 2.0.0"),
            ("baseline", Code::TemplateUnavailable, "beneath every environment"),
        ] {
            let error = refused(text);
            assert_eq!(
                (error.code(), error.field_errors()[0].pointer.as_str()),
                (code, "/template"),
                "{text}"
            );
            assert!(error.detail().contains(part), "{}", error.detail());
        }
    }

    #[test]
    fn what_is_no_choice_is_refused() {
        for text in [
            "",
            "@1.0.0",
            "web@",
            "web@latest",
            "web service",
            "web@1.0.0@2",
            &"w".repeat(129),
        ] {
            assert!(Choice::parse(text).is_err(), "{text}");
        }
    }
}
