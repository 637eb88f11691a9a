//! The template compiler beside what cannot be saved: reading the same YAML, copying the same objects, reading the same
//! rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use berth_server::catalog;
use berth_store::{NewVersion, Options, Store, Write};
use berth_template::{Card, Catalog, Compiled, Inputs, Live, Schemas, compile, pool};
use semver::Version;
use serde_json::{Value, json};

/// How many resources the document has that is compiled and rendered.
const RESOURCES: usize = 20;
/// How often each is done; the median counts.
const TIMES: usize = 200;
/// How many versions are loaded.
const VERSIONS: u64 = 1_000;

/// What was measured, each beside its floor and its goal.
#[derive(Debug)]
pub struct Templates {
    rows: Vec<(String, Duration, Duration, Duration)>,
    schemas: (usize, u64),
}

impl Templates {
    /// Measures.
    ///
    /// # Errors
    /// The database in a temporary folder does not open, or our own document does not compile.
    pub async fn measure() -> Result<Self> {
        let before = resident()?;
        let definitions = Schemas::built_in().read_all();
        let schemas = (definitions, resident()?.saturating_sub(before));
        let (mut rows, template) = pool::run(compiling).await?;
        rows.push(pool::run(move || rendering(&template)).await?);
        rows.push(loading().await?);
        Ok(Self { rows, schemas })
    }

    /// As text.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            format!("{:<46} {:>12} {:>12} {:>12}", "templates", "Berth", "floor", "goal"),
        ];
        for (measure, ours, floor, goal) in &self.rows {
            let verdict = if ours <= goal { "pass" } else { "short" };
            let shown = |time: &Duration| format!("{:.3} ms", time.as_secs_f64() * 1e3);
            lines.push(format!(
                "{measure:<46} {:>12} {:>12} {:>12} {verdict}",
                shown(ours),
                shown(floor),
                format!("< {}", shown(goal))
            ));
        }
        let (definitions, kibibytes) = self.schemas;
        let verdict = if kibibytes < 30 * 1024 { "pass" } else { "short" };
        lines.push(format!(
            "memory for the schemas of all built-in kinds: {:.1} MiB for {definitions} definitions, goal < 30 MiB {verdict}",
            f64::from(u32::try_from(kibibytes).unwrap_or(u32::MAX)) / 1024.0
        ));
        lines
    }
}

/// A document of [`RESOURCES`] resources that refer to each other, with an expression or more in each.
fn document(name: &str, version: u64) -> String {
    let mut text = format!(
        "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: {name}, version: {version}.0.0}}\nspec:\n  parameters:\n    type: \
         object\n    required: [image]\n    properties:\n      image: {{type: string}}\n      replicas: {{type: integer, default: 2}}\n  \
         resources:\n"
    );
    for n in 0..RESOURCES / 2 {
        // Writing to text cannot fail.
        let _ = write!(
            text,
            "    - id: config{n}\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: config-{n}}}, data: {{image: \
             \"${{params.image}}\", host: \"${{env.name + '-' + env.team}}\"}}}}\n    - id: web{n}\n      readyWhen: \
             [\"${{self.status.availableReplicas == self.spec.replicas}}\"]\n      object:\n        apiVersion: apps/v1\n        kind: \
             Deployment\n        metadata: {{name: web-{n}}}\n        spec:\n          replicas: ${{params.replicas + {n}}}\n          \
             selector: {{matchLabels: {{app: web-{n}}}}}\n          template:\n            metadata: {{labels: {{app: web-{n}}}}}\n            \
             spec:\n              containers:\n                - name: web\n                  image: ${{params.image}}\n                  \
             envFrom: [{{configMapRef: {{name: \"${{config{n}.metadata.name}}\"}}}}]\n                  resources: {{requests: {{cpu: 100m, \
             memory: 128Mi}}}}\n"
        );
    }
    text
}

type Row = (String, Duration, Duration, Duration);

fn compiling() -> Result<(Vec<Row>, Arc<Compiled>)> {
    let text = document("bench", 1);
    let template = compile(&text, &())
        .map_err(|findings| anyhow!("{findings:?}"))?
        .template;
    let ours = median(|| black_box(compile(&text, &())).is_ok());
    let floor = median(|| serde_saphyr::from_str::<Value>(black_box(&text)).is_ok());
    let measure = format!("compile {RESOURCES} resources; floor: read the YAML");
    Ok((vec![(measure, ours, floor, Duration::from_millis(5))], template))
}

fn rendering(template: &Compiled) -> Result<Row> {
    let params = template.check_parameters(&json!({"image": "shop/web:1"}));
    let inputs = Inputs {
        params: params.map_err(|findings| anyhow!("{findings:?}"))?,
        env: json!({"name": "preview", "team": "shop"}),
        platform: json!({}),
    };
    let rendered = template.render(&inputs, &Live::new())?;
    let ours = median(|| black_box(template.render(&inputs, &Live::new())).is_ok());
    let floor = median(|| !black_box(rendered.clone()).nodes.is_empty());
    let measure = format!("render {RESOURCES} resources; floor: copy them");
    Ok((measure, ours, floor, Duration::from_micros(300)))
}

async fn loading() -> Result<Row> {
    let folder = tempfile::tempdir()?;
    let options = Options {
        url: format!("sqlite://{}/bench.db", folder.path().display()),
        max_connections: 4,
    };
    let store = Store::connect(&options).await?;
    store.migrate().await?;
    for version in 1..=VERSIONS {
        let new = NewVersion {
            name: "bench".to_owned(),
            version: Version::new(version, 0, 0),
            document: document("bench", version),
            digest: version.to_string(),
            readme: String::new(),
            uses: Vec::new(),
            card: serde_json::to_value(Card::default())?,
            examples: BTreeMap::new(),
        };
        store.template_publish(&Write::default(), new).await?;
    }
    let began = Instant::now();
    let rows = store.template_versions().await?;
    let floor = began.elapsed();
    drop(rows);
    let began = Instant::now();
    let catalog = Catalog::new();
    catalog::refresh(&store, &catalog, None).await?;
    let ours = began.elapsed();
    catalog.latest("bench").context("what was loaded can be used")?;
    let measure = format!("load {VERSIONS} published versions; floor: read them");
    Ok((measure, ours, floor, Duration::from_secs(1)))
}

fn median(mut once: impl FnMut() -> bool) -> Duration {
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let began = Instant::now();
        black_box(once());
        times.push(began.elapsed());
    }
    super::median(times)
}

/// Resident memory of this process in KiB.
fn resident() -> Result<u64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("this machine does not tell what a process takes")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line
        .and_then(|line| line.split_whitespace().next())
        .context("no VmRSS")?;
    Ok(number.parse()?)
}
